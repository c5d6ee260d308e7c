import type { Chapter } from '../behaviour.js'
import { answers } from './refusing/answers.js'
import { closes } from './refusing/closes.js'
import { failures } from './refusing/failures.js'
import { forgotten } from './refusing/forgotten.js'
import { statuses } from './refusing/statuses.js'
import { visible } from './refusing/visible.js'

/** How a connection is refused: with which status, which code and which bytes, and who is told. */
export const chapter: Chapter = {
  title: 'refusing',
  behaviours: [...statuses, ...answers, ...failures, ...forgotten, ...closes, ...visible],
}
