import type { Chapter } from '../behaviour.js'
import { admissions } from './in-band/admissions.js'
import { deadlines } from './in-band/deadlines.js'
import { misuses } from './in-band/misuses.js'
import { reads } from './in-band/reads.js'
import { refusals } from './in-band/refusals.js'

/** `accept()`, `read()`, `authenticate()`: a client that says who it is in its first message. */
export const chapter: Chapter = {
  title: 'in-band',
  behaviours: [...admissions, ...reads, ...deadlines, ...refusals, ...misuses],
}
