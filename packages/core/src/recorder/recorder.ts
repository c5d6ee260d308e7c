import type { Connection } from '../connection.js'
import type { HeartbeatWheel } from '../heartbeat.js'
import type { Clock } from '../ports/clock.js'
import type { Observer } from '../ports/observer.js'
import type { Explanation } from './explanation.js'
import type { Recording } from './recording.js'
import type { Unexplained } from './unexplained.js'

/**
 * Records the lives of connections, for `app.explain`, `app.recording` and `app.record`: give it to one application.
 *
 * @example
 * const recorder: FlightRecorder = flightRecorder()
 * const app = linkspan({ recorder })
 */
export interface FlightRecorder extends Observer {
  /**
   * For the application, once.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` where it has one already.
   */
  attach(clock: Clock, wheel: HeartbeatWheel | undefined): void
  /** Records a running connection from now on. Answers `false` for one that is over. */
  record(conn: Connection<never>): boolean
  /** `conn`: where it lives. */
  explain(id: string, conn: Connection<never> | undefined): Explanation | Unexplained
  /** `conn`: where it lives. */
  recording(id: string, conn: Connection<never> | undefined): Recording | undefined
}
