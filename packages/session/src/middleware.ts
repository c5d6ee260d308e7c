import {
  type Authenticated,
  type Connection,
  type End,
  type Identity,
  MAX_DELAY,
  type Middleware,
  type Next,
  named,
  whole,
} from '@linkspan/core'
import { isStoreError } from './errors.js'
import type { Live } from './live.js'
import { LiveSession } from './live-session.js'
import { resolveOptions, type SessionOptions, type UserOf } from './options.js'
import { PAUSE } from './outage.js'
import { type Held, Pool } from './pool.js'
import type { Session } from './session.js'

/**
 * What the middleware adds to `conn.data`.
 *
 * @example
 * const greet: MessageMiddleware<WithSession<{ name?: string }>> = (conn) => { conn.send(conn.data.session.get('name') ?? 'you') }
 */
export interface WithSession<Values extends object> {
  readonly session: Session<Values>
}

/**
 * What sessions do at the moment, and have done: integers only.
 *
 * @example
 * console.log(sessions.stats().dirty)
 */
export interface SessionStats {
  /** Sessions that are held here, because of a connection, of something to write, or of somebody who loads them. */
  readonly live: number
  /** Connections that came with a session which was there: clients that came back, or have another one open. */
  readonly returned: number
  /** Writes that wait or are under way. */
  readonly dirty: number
  /** Times that another writer was found to have been faster. */
  readonly conflicts: number
  /** Writes that failed. */
  readonly failures: number
  /** Writes that were tried again, or are to be. */
  readonly retries: number
}

/**
 * The middleware, and what a shutdown needs of it.
 *
 * @example
 * await app.drain()
 * await sessions.flush()
 * await redis.quit()
 */
export interface SessionMiddleware<Added> extends Middleware<unknown, Added> {
  /**
   * Writes everything that waits, for at most `timeout` milliseconds, default 10,000. Resolves, never rejects, to what
   * is left: 0, unless the store failed.
   */
  flush(options?: { readonly timeout?: number }): Promise<{ readonly unsaved: number }>
  stats(): SessionStats
}

/** The values are whole from the beginning. */
interface Begins<Values extends object> {
  readonly initial: () => Values
}

/** Every session speaks for somebody. */
interface Knows<Of> {
  readonly user: UserOf<Of, Identity>
}

interface Asks<Of> {
  readonly user?: UserOf<Of, Identity | null>
}

type Options<Values extends object> = Omit<SessionOptions<Values>, 'initial' | 'user'>
type Begun<Values extends object> = Options<Values> & Begins<Values>

/**
 * Sessions: loads the one that the client's cookie names, or makes one, in the handshake; adds it as
 * `conn.data.session`; writes what changes behind the connections' back, and when they are over. A store that is down
 * refuses the handshake with 503 and `Retry-After`.
 *
 * The values are typed by `initial`, or by hand: then each may be missing. Where `user` always answers somebody,
 * `conn.identity` is not null from there on.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * const app = linkspan()
 *   .use(session<{ cart: string[] }>({ store: memoryStore() }))
 *   .message((conn, message) => {
 *     conn.data.session.update(({ cart = [], ...others }) => ({ ...others, cart: [...cart, message.text()] }))
 *   })
 */
export function session<Values extends object>(
  options: Begun<Values> & Knows<Session<Values>>,
): SessionMiddleware<WithSession<Values> & Authenticated>
export function session<Values extends object>(
  options: Begun<Values> & Asks<Session<Values>>,
): SessionMiddleware<WithSession<Values>>
export function session<Values extends object = Record<string, unknown>>(
  options: Options<Values> & Knows<Session<Partial<Values>>>,
): SessionMiddleware<WithSession<Partial<Values>> & Authenticated>
export function session<Values extends object = Record<string, unknown>>(
  options: Options<Values> & Asks<Session<Partial<Values>>>,
): SessionMiddleware<WithSession<Partial<Values>>>
export function session(
  options: SessionOptions<Record<string, unknown>>,
): SessionMiddleware<WithSession<Record<string, unknown>>> {
  const resolved = resolveOptions(options)
  const pool = new Pool(resolved)
  const { carrier } = resolved
  /** One object a session, however many connections it has. */
  const shown = new WeakMap<Live, LiveSession>()

  const run = (conn: Connection<unknown>, next: Next): Promise<End<WithSession<Record<string, unknown>>>> => {
    if (!pool.admits()) return refuse(conn)
    const opened = pool.open(conn, carrier.read(conn.request))
    // At once: what a load finds after the end is given back as well.
    conn.defer(() => opened.then((held) => held && pool.release(conn, held, active), nothing))
    let active = false
    return opened.then(
      (held) => {
        if (held === undefined) return refuse(conn)
        const { live, made } = held
        if (made) void conn.opened.then((open) => (active = open))
        if (made || carrier.again) carrier.write(conn, live.id)
        return enter(conn, next, sessionOf(held))
      },
      (thrown) => {
        if (isStoreError(thrown)) return refuse(conn)
        throw thrown
      },
    )
  }

  const enter = (
    conn: Connection<unknown>,
    next: Next,
    found: LiveSession,
  ): Promise<End<WithSession<Record<string, unknown>>>> => {
    const known = (identity: Identity | null) => {
      if (identity !== null) conn.authenticate(identity)
      return next({ session: found as Session<Record<string, unknown>> })
    }
    const identity = options.user?.(found, conn) ?? null
    return identity instanceof Promise ? identity.then(known) : known(identity)
  }

  const sessionOf = ({ live }: Held): LiveSession => {
    let found = shown.get(live)
    if (found === undefined) {
      found = new LiveSession(live, pool)
      shown.set(live, found)
    }
    return found
  }

  return Object.assign(named('session', run), {
    async flush({
      timeout = 10_000,
    }: {
      readonly timeout?: number
    } = {}): Promise<{ readonly unsaved: number }> {
      return { unsaved: await pool.writes.flush(whole('timeout', timeout, 1, MAX_DELAY)) }
    },
    stats: (): SessionStats => ({
      live: pool.size,
      returned: pool.returned,
      dirty: pool.writes.size,
      conflicts: pool.conflicts,
      failures: pool.failures,
      retries: pool.writes.retries,
    }),
  })
}

function refuse(conn: Connection<unknown>): never {
  return conn.reject({ status: 503, reason: 'sessions are not available', retryAfter: PAUSE / 1_000 })
}

function nothing(): void {}
