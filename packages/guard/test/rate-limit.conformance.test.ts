import { everywhere } from '../../../tests/everywhere.js'
import { chapters } from './rate-limit.conformance.js'

everywhere('rateLimit', chapters)
