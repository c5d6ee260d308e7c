import type { Chapter } from '../behaviour.js'
import { audiences } from './topics/audiences.js'
import { broadcasts } from './topics/broadcasts.js'
import { membership } from './topics/membership.js'
import { names } from './topics/names.js'
import { policies } from './topics/policies.js'
import { scopes } from './topics/scopes.js'

/** Who gets what is sent to a topic, or to everybody. */
export const chapter: Chapter = {
  title: 'topics',
  behaviours: [...audiences, ...membership, ...broadcasts, ...names, ...scopes, ...policies],
}
