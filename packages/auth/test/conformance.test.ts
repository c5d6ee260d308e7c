import { everywhere } from '../../../tests/everywhere.js'
import { checks } from './chapters/authenticate.js'
import { failures } from './chapters/failures.js'
import { tokensInBand } from './chapters/in-band.js'
import { tokens } from './chapters/jwt.js'
import { secrets } from './chapters/secrets.js'
import { tickets } from './chapters/ticket.js'

everywhere('@linkspan/auth', [tokens, tokensInBand, tickets, checks, failures, secrets])
