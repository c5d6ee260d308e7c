import type { Connection, Identity } from '@linkspan/core'
import type { Stage } from '../../behaviour.js'
import type { Peer } from '../../peer.js'
import type { Recorder } from '../../recorder.js'
import { meet } from '../pair.js'
import { echo } from '../support.js'

/** A connection with an identity. */
export interface Leased {
  readonly app: ReturnType<Stage['app']>
  readonly conn: Connection<unknown>
  readonly peer: Peer
  readonly record: Recorder
}

/**
 * Connects a client to an application with an echo, and authenticates it. There is no heartbeat: a clock that jumps by
 * hours gives nobody the time to answer.
 */
export async function leased(stage: Stage, identity: Identity): Promise<Leased> {
  const app = stage.app({ heartbeat: false })
  app
    .use((conn, next) => {
      conn.authenticate(identity)
      return next()
    })
    .message(echo)
  const record = stage.record(app)
  return { app, record, ...(await meet(stage, app)) }
}
