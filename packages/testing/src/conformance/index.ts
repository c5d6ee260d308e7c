import type { Chapter } from '../behaviour.js'
import { chapter as closing } from './closing.js'
import { chapter as compression } from './compression.js'
import { chapter as drain } from './drain.js'
import { chapter as endings } from './endings.js'
import { chapter as handlers } from './handlers.js'
import { chapter as handshake } from './handshake.js'
import { chapter as heartbeat } from './heartbeat.js'
import { chapter as inBand } from './in-band.js'
import { chapter as inbox } from './inbox.js'
import { chapter as lease } from './lease.js'
import { chapter as messages } from './messages.js'
import { chapter as middleware } from './middleware.js'
import { chapter as observing } from './observing.js'
import { chapter as outbox } from './outbox.js'
import { chapter as refusing } from './refusing.js'
import { chapter as registry } from './registry.js'
import { chapter as release } from './release.js'
import { chapter as sending } from './sending.js'
import { chapter as topics } from './topics.js'
import { chapter as violations } from './violations.js'

/** Every chapter of the suite, in the order of a connection's life. */
export const chapters: readonly Chapter[] = [
  handshake,
  refusing,
  inBand,
  middleware,
  lease,
  messages,
  handlers,
  inbox,
  sending,
  outbox,
  closing,
  endings,
  violations,
  compression,
  heartbeat,
  release,
  topics,
  registry,
  drain,
  observing,
]
