import type { Chapter } from '@linkspan/testing'
import { cookies } from './cookies.js'
import { deadNode } from './dead-node.js'
import { returning } from './returning.js'
import { saving } from './saving.js'
import { sharing } from './sharing.js'
import { storeDown } from './store-down.js'
import { users } from './users.js'

/** What sessions do, on every transport. */
export const chapters: readonly Chapter[] = [
  { title: 'session ids', behaviours: cookies },
  { title: 'one session, several connections', behaviours: sharing },
  { title: 'coming back to a session', behaviours: returning },
  { title: 'saving sessions', behaviours: saving },
  { title: 'users of sessions', behaviours: users },
  { title: 'a session store that is down', behaviours: storeDown },
  { title: 'a node that dies without goodbye', behaviours: deadNode },
]
