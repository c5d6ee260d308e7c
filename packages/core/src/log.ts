import type { LineKind } from './allowance.js'
import type { Connection } from './connection.js'
import { toError } from './errors.js'
import { promiseOf } from './inbox.js'
import { Lines } from './lines.js'
import { type Clock, systemClock } from './ports/clock.js'
import { consoleLogger, type Logger } from './ports/logger.js'

/** A connection, of any data. */
type Who = Pick<Connection<unknown>, 'id' | 'identity' | 'via' | 'state'>

/** Lines a second of each event. */
const PER_SECOND = 100

/**
 * The lines of what stands beside an application and has a logger of its own, in the same form as those of an application:
 * each has its event, of which docs/logs.md has a table; with a connection, whose it is; at most 100 a second of an event,
 * and how many there would have been more.
 *
 * But for `insist`, no call throws: there is nobody who could be told that a logger does.
 *
 * @example
 * const log = new Log(options.logger, clock)
 * log.warn('claim.lost', 'a claim did not reach the bus', { err: toError(thrown) })
 */
export class Log {
  readonly #logger: Logger
  readonly #lines: Lines

  /** Without a logger, errors go to the console. */
  constructor(logger: Logger = consoleLogger, clock: Clock = systemClock) {
    this.#logger = logger
    // As the class says, nobody is told.
    this.#lines = new Lines(logger, clock, PER_SECOND, nothing)
  }

  info(event: string, message: string, fields: object = {}, conn?: Who): void {
    this.#line({ event, level: 'info' }, message, fields, conn)
  }

  warn(event: string, message: string, fields: object = {}, conn?: Who): void {
    this.#line({ event, level: 'warn' }, message, fields, conn)
  }

  error(event: string, message: string, fields: object = {}, conn?: Who): void {
    this.#line({ event, level: 'error' }, message, fields, conn)
  }

  /**
   * A warning of what must not happen untold: written however many there are.
   *
   * @throws what the logger throws
   */
  insist(event: string, message: string, fields: object = {}, conn?: Who): void {
    const answer = this.#logger.warn({ event, ...(conn && whose(conn)), ...fields }, `linkspan: ${message}`)
    promiseOf(answer)?.catch(nothing)
  }

  /** A function of the application, an option or a listener of that name, threw where it is only told, or asked. */
  threw(observer: string, thrown: unknown, conn?: Who): void {
    const fields = { observer, err: toError(thrown) }
    this.error('observer.threw', `${observer} threw: it must not.`, fields, conn)
  }

  #line(kind: LineKind, message: string, fields: object, conn: Who | undefined): void {
    this.#lines.write(kind, () => ({ event: kind.event, ...(conn && whose(conn)), ...fields }), message)
  }
}

/**
 * An error without its words, for a line: what pino writes of its type and code. For what stores and directories throw, whose
 * messages may tell hosts, keys, and what a client asked for.
 *
 * @example
 * log.error('store.down', 'the store does not answer', { err: wordless(thrown) })
 */
export function wordless(thrown: unknown): { readonly type: string; readonly code: string | undefined } {
  const error = toError(thrown)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { type: error.name, code: /^\w{1,64}$/.test(code) ? code : undefined }
}

/** Whose line it is. */
function whose({ id, identity, via, state }: Who): object {
  return { connection: id, tenant: identity?.tenant, via, state }
}

function nothing(): void {}
