import { everywhere } from '../../../tests/everywhere.js'
import { chapters } from './circuit-breaker.conformance.js'

everywhere('circuitBreaker', chapters)
