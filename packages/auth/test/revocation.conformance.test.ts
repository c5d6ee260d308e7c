import { everywhere } from '../../../tests/everywhere.js'
import { chapter } from './chapters/revocation.js'

everywhere('revocation', [chapter])
