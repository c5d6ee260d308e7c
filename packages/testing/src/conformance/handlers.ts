import type { Chapter } from '../behaviour.js'
import { failures } from './handlers/failures.js'
import { onion } from './handlers/onion.js'
import { order } from './handlers/order.js'

/** How messages reach handlers: one at a time, in order, and through every message middleware. */
export const chapter: Chapter = {
  title: 'handlers',
  behaviours: [...order, ...onion, ...failures],
}
