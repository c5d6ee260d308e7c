import { everywhere } from '../../../tests/everywhere.js'
import { belonging } from './conformance/belonging.js'
import { confinement } from './conformance/confinement.js'
import { crossing } from './conformance/crossing.js'
import { quotas } from './conformance/quotas.js'

everywhere('@linkspan/tenancy', [belonging, confinement, crossing, quotas])
