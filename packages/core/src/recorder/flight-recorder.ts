import type { Connection } from '../connection.js'
import { badOption, whole } from '../option-checks.js'
import { shown } from '../shown.js'
import { Book } from './book.js'
import type { FlightRecorder } from './recorder.js'

/**
 * How much a flight recorder keeps.
 *
 * @example
 * flightRecorder({ sample: (conn) => conn.request.path === '/trade', entries: 60 })
 */
export interface FlightRecorderOptions {
  /**
   * Which connections are recorded: a share of them from 0 to 1, evenly spread, or those for which it answers `true` when
   * they arrive. Default: 1, all.
   */
  readonly sample?: number | ((conn: Connection<unknown>) => boolean)
  /**
   * Entries of a connection, 8 to 1,000, of 24 bytes each: the first third stays, the others go round. Default: 20.
   */
  readonly entries?: number
  /** How many recordings are kept of connections that are over, 0 to 1,000,000: the last ones. Default: 1,000. */
  readonly closed?: number
  /** Bytes that those may take. Default: 2,097,152. */
  readonly closedBytes?: number
}

/**
 * Makes a flight recorder: it writes down, in less than a kilobyte, what each connection does and what becomes of it, and
 * keeps that of the last ones that are over. So `app.explain(id)` can tell why a connection was refused, or closed.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an option out of its range.
 *
 * @example
 * const app = linkspan({ recorder: flightRecorder({ sample: 0.1 }) })
 */
export function flightRecorder(options: FlightRecorderOptions = {}): FlightRecorder {
  const { sample = 1, entries = 20, closed = 1_000, closedBytes = 2_097_152 } = options
  if (typeof sample === 'number' ? !(sample >= 0 && sample <= 1) : typeof sample !== 'function') {
    throw badOption(`sample takes a number from 0 to 1, or a function, not ${shown(sample)}.`)
  }
  return new Book({
    sample,
    entries: whole('entries', entries, 8, 1_000),
    closed: whole('closed', closed, 0, 1_000_000),
    closedBytes: whole('closedBytes', closedBytes, 0, Number.MAX_SAFE_INTEGER),
  })
}
