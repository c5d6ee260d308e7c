import type { Chapter } from '../behaviour.js'
import { disconnects } from './registry/disconnects.js'
import { entries } from './registry/entries.js'
import { queries } from './registry/queries.js'

/** Which connections there are, how to find them, and how to end those that were found. */
export const chapter: Chapter = {
  title: 'the registry',
  behaviours: [...entries, ...queries, ...disconnects],
}
