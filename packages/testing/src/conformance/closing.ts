import type { Chapter } from '../behaviour.js'
import { codes } from './closing/codes.js'
import { deadlines } from './closing/deadlines.js'
import { reasons } from './closing/reasons.js'
import { told } from './closing/told.js'

/** How we close: the codes, the reasons, and what a connection tells of its end. */
export const chapter: Chapter = {
  title: 'closing',
  behaviours: [...codes, ...reasons, ...told, ...deadlines],
}
