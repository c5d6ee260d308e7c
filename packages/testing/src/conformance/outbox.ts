import type { Chapter } from '../behaviour.js'
import { backPressure } from './outbox/back-pressure.js'
import { large } from './outbox/large.js'
import { overflow } from './outbox/overflow.js'

/** What waits for a slow peer: in order, bounded, and given up by the policy that was chosen. */
export const chapter: Chapter = {
  title: 'the outbox',
  behaviours: [...backPressure, ...overflow, ...large],
}
