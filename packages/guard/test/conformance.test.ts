import { everywhere } from '../../../tests/everywhere.js'
import { addressFilter } from './conformance/address-filter.js'
import { connectionLimit } from './conformance/connection-limit.js'
import { evictingTheIdle } from './conformance/evicting.js'
import { shedding } from './conformance/load-shedding.js'
import { slots } from './conformance/slots.js'
import { waitingForSlots } from './conformance/waiting.js'

everywhere('@linkspan/guard', [
  connectionLimit,
  slots,
  waitingForSlots,
  evictingTheIdle,
  addressFilter,
  shedding,
])
