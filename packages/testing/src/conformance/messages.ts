import type { Chapter } from '../behaviour.js'
import { fragments } from './messages/fragments.js'
import { kept } from './messages/kept.js'
import { payloads } from './messages/payloads.js'
import { views } from './messages/views.js'

/** Messages of two kinds and every size, and what they let a handler see. */
export const chapter: Chapter = {
  title: 'messages',
  behaviours: [...payloads, ...fragments, ...views, ...kept],
}
