import type { Chapter } from '../behaviour.js'
import { bounds } from './inbox/bounds.js'
import { ended } from './inbox/ended.js'

/** What waits for a handler: how much of it may, and what becomes of it when the connection ends. */
export const chapter: Chapter = { title: 'the inbox', behaviours: [...bounds, ...ended] }
