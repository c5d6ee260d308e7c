import {
  badOption,
  type Clock,
  type Connection,
  type Identity,
  type LinkspanError,
  Log,
  type Logger,
  MAX_DELAY,
  oneOf,
  type SessionStore,
  systemClock,
  whole,
} from '@linkspan/core'
import { type Carrier, cookieCarrier, queryCarrier, type SessionCookie } from './carrier.js'
import type { Session } from './session.js'
import { snapshot } from './values.js'

/**
 * Whom a session speaks for, with roles and tenant; `null` for nobody. May refuse: `return conn.reject(...)`.
 *
 * @example
 * const user: UserOf<Session<{ userId?: string }>, Identity | null> = (session) => {
 *   const subject = session.get('userId')
 *   return subject === undefined ? null : { subject }
 * }
 */
export type UserOf<Of, Who extends Identity | null> = (
  session: Of,
  conn: Connection<unknown>,
) => Who | Promise<Who>

/**
 * What sessions can be told. Times are in milliseconds, sizes in bytes.
 *
 * @example
 * session({ store: memoryStore(), ttl: 3_600_000, cookie: { sameSite: 'strict' } })
 */
export interface SessionOptions<Values extends object> {
  readonly store: SessionStore
  /** How long a session lives; 1,000 to 34,560,000,000 (400 days). Default: 86,400,000 (a day). */
  readonly ttl?: number
  /** Whether use extends it to a whole `ttl` again. Default: `true`. */
  readonly rolling?: boolean
  /** The cookie that carries the id. Default: `__Host-linkspan.sid`, secure, http-only, lax. */
  readonly cookie?: SessionCookie
  /** A parameter of the query that carries the id, in place of a cookie: for clients that are no browsers. */
  readonly query?: string
  /** The values of a new session, and those that an older one lacks. Default: none. */
  readonly initial?: () => Values
  /** Whom a session speaks for; asked once, in the handshake. Default: nobody is authenticated. */
  readonly user?: UserOf<Session<Values>, Identity | null>
  /** What happens to connections of a session that ended: closed, with 4001 or 4200, or kept. Default: `'close'`. */
  readonly whenEnded?: 'close' | 'keep'
  /** How long the store may take, in a handshake as a whole and for each call later; 1 or more. Default: 1,000. */
  readonly timeout?: number
  /** From a change to its write; 0 or more. Default: 1,000. */
  readonly delay?: number
  /** Sessions that may wait to be written: above it, changes are written at once, and newcomers get 503. Default: 10,000. */
  readonly maxDirty?: number
  /** The values of one session, as JSON. Default: 65,536. */
  readonly maxSize?: number
  /** Told of each failure to write, and of each change that is lost. Default: the logger, once in ten seconds. */
  readonly onError?: (error: LinkspanError) => void
  /** Told whenever two writers met: the changes of both are kept. Default: they are only counted. */
  readonly onConflict?: () => void
  readonly clock?: Clock
  readonly logger?: Logger
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly store: SessionStore
  readonly ttl: number
  readonly rolling: boolean
  readonly carrier: Carrier
  readonly initial: () => object
  readonly whenEnded: 'close' | 'keep'
  readonly timeout: number
  readonly delay: number
  readonly maxDirty: number
  readonly maxSize: number
  readonly onError: (error: LinkspanError) => void
  readonly onConflict: (() => void) | undefined
  readonly clock: Clock
  readonly log: Log
}

const DAY = 86_400_000
/** Browsers keep no cookie for longer (RFC 6265bis §5.5). */
const LONGEST = 400 * DAY
/** Between two lines of the log about failures, in milliseconds. */
const LOG_EVERY = 10_000

/**
 * Checks options and fills in the defaults.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 */
export function resolveOptions<Values extends object>(options: SessionOptions<Values>): ResolvedOptions {
  const { store, cookie, query, rolling = true, clock = systemClock } = options
  if (typeof store?.save !== 'function') throw badOption('store takes a SessionStore, such as memoryStore().')
  if (cookie !== undefined && query !== undefined) {
    throw badOption('an id comes in a cookie or in the query: give one of cookie and query.')
  }
  const log = new Log(options.logger, clock)
  const ttl = whole('ttl', options.ttl ?? DAY, 1_000, LONGEST)
  const maxSize = whole('maxSize', options.maxSize ?? 65_536, 2, Number.MAX_SAFE_INTEGER)
  const initial: () => object = options.initial ?? (() => ({}))
  // Values that cannot be kept should show at the start, not in every handshake.
  snapshot(initial(), maxSize)
  return {
    store,
    ttl,
    rolling,
    carrier: query === undefined ? cookieCarrier(cookie ?? {}, ttl, rolling) : queryCarrier(query),
    initial,
    whenEnded: oneOf('whenEnded', options.whenEnded ?? 'close', ['close', 'keep']),
    timeout: whole('timeout', options.timeout ?? 1_000, 1, MAX_DELAY),
    delay: whole('delay', options.delay ?? 1_000, 0, MAX_DELAY),
    maxDirty: whole('maxDirty', options.maxDirty ?? 10_000, 1, Number.MAX_SAFE_INTEGER),
    maxSize,
    onError: options.onError ?? logged(log, clock),
    onConflict: options.onConflict,
    clock,
    log,
  }
}

/** Where a store is down, every session fails: the log needs one line of it, and how many there were. */
function logged(log: Log, clock: Clock): (error: LinkspanError) => void {
  let next = -Infinity
  let unsaid = 0
  return (error) => {
    const now = clock.monotonic()
    if (now < next) {
      unsaid += 1
      return
    }
    log.error('session.failed', error.message, { code: error.code, err: error, unsaid })
    next = now + LOG_EVERY
    unsaid = 0
  }
}
