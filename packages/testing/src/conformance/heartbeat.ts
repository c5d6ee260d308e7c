import type { Chapter } from '../behaviour.js'
import { alive } from './heartbeat/alive.js'
import { busy } from './heartbeat/busy.js'
import { dead } from './heartbeat/dead.js'
import { heartbeatPaces } from './heartbeat/paces.js'
import { timers } from './heartbeat/timers.js'

/** How a connection that has gone silent is found out, and one that has not is left alone. */
export const chapter: Chapter = {
  title: 'heartbeat',
  behaviours: [...alive, ...dead, ...busy, ...timers, ...heartbeatPaces],
}
