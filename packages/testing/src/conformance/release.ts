import type { Chapter } from '../behaviour.js'
import { hanging } from './release/hanging.js'
import { late } from './release/late.js'
import { order } from './release/order.js'
import { refused } from './release/refused.js'
import { throwing } from './release/throwing.js'

/** What was taken is given back: once, in reverse order, whatever happened. */
export const chapter: Chapter = {
  title: 'release',
  behaviours: [...order, ...throwing, ...late, ...refused, ...hanging],
}
