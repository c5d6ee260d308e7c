import {
  type Clock,
  CloseCode,
  type Connection,
  type End,
  LinkspanError,
  MAX_DELAY,
  type Middleware,
  type Next,
  named,
  oneOf,
  systemClock,
  whole,
} from '@linkspan/core'
import type { Claim, LimitKind } from './connection-claim.js'
import { ConnectionSlots, subjectKey } from './connection-slots.js'
import { bound } from './options.js'
import { WaitingRoom } from './waiting-room.js'

/**
 * How many connections there may be, of whom, and what happens when there is no slot left.
 *
 * @example
 * const options: ConnectionLimitOptions = { total: 50_000, perAddress: 20, whenFull: 'wait', waitFor: 2_000 }
 */
export interface ConnectionLimitOptions {
  /** Of everybody, in all applications that share this limiter; then 503. Default: no limit. */
  readonly total?: number
  /** Of one client address, an IPv6 network being one; then 429. Default: 100. `Infinity` takes it away. */
  readonly perAddress?: number
  /** Of one subject of one tenant; then 429. Stands after the middleware that authenticates. Default: no limit. */
  readonly perSubject?: number
  /** Of one tenant; then 429. Stands after the middleware that authenticates. Default: no limit. */
  readonly perTenant?: number
  /**
   * `'reject'`: refuses. `'wait'`: holds the handshake until a slot is free. `'evict-idle'`: closes the connection that
   * was silent for longest, with 4101, and takes its slot. Default: `'reject'`.
   */
  readonly whenFull?: 'reject' | 'wait' | 'evict-idle'
  /** How long a handshake waits, in milliseconds; keep it below the application's handshakeTimeout. Default: 1,000. */
  readonly waitFor?: number
  /** How many handshakes may wait at once. Default: 1,000. */
  readonly waiting?: number
  /** How long a connection has to have been silent to be evicted, in milliseconds; pongs are a sign too. Default: 10,000. */
  readonly idleFor?: number
  /** Leading bits of an IPv6 address that are one client. Default: 64. */
  readonly ipv6Prefix?: number
  /** What a refused client is told to wait, in whole seconds. Default: 5. */
  readonly retryAfter?: number
  readonly clock?: Clock
}

/**
 * Whom to count the connections of.
 *
 * @example
 * limiter.count({ address: '192.0.2.7' })
 */
export type CountQuery =
  | { readonly address: string }
  | { readonly subject: string; readonly tenant?: string }
  | { readonly tenant: string; readonly subject?: never }

/**
 * What a connection limiter holds right now, and has done so far.
 *
 * @example
 * const { waiting, totals }: ConnectionLimitStats = limiter.stats()
 */
export interface ConnectionLimitStats {
  /** Slots that are taken. */
  readonly connections: number
  /** Addresses, subjects and tenants that something is counted of; 0 when nobody is there. */
  readonly addresses: number
  readonly subjects: number
  readonly tenants: number
  /** Handshakes that wait for a slot. */
  readonly waiting: number
  /** Evicted connections that have not closed yet. */
  readonly leaving: number
  readonly totals: { readonly admitted: number; readonly refused: number; readonly evicted: number }
}

/**
 * The middleware, and what it counts. One may be given to several applications: they share its slots.
 *
 * @example
 * const limiter: ConnectionLimiter = limitConnections({ total: 50_000 })
 */
export interface ConnectionLimiter extends Middleware<unknown, {}> {
  /** How many slots one client has taken. */
  count(whom: CountQuery): number
  stats(): ConnectionLimitStats
}

const REASONS: { readonly [Kind in LimitKind]: string } = {
  address: 'too many connections from this address',
  subject: 'too many connections of this user',
  tenant: 'too many connections of this tenant',
  total: 'too many connections',
}

/**
 * Bounds how many connections there are: per client address, subject, tenant, and in total. A slot is taken during the
 * handshake and given back when nothing of the connection is left, however it ended.
 *
 * Limits per subject and tenant do not apply to whom nobody authenticates. Standing before the middleware that does,
 * they would never apply: every connection that is authenticated further in then fails with `LINKSPAN_OPTION` and 1011.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an option out of its range.
 *
 * @example
 * app.use(limitConnections({ perAddress: 100 })).use(jwt({ secret })).use(limitConnections({ perSubject: 5 }))
 */
export function limitConnections(options: ConnectionLimitOptions = {}): ConnectionLimiter {
  const { whenFull = 'reject', clock = systemClock } = options
  oneOf('whenFull', whenFull, ['reject', 'wait', 'evict-idle'])
  const limits = {
    address: bound('perAddress', options.perAddress ?? 100),
    subject: bound('perSubject', options.perSubject),
    tenant: bound('perTenant', options.perTenant),
    total: bound('total', options.total),
  }
  const prefix = whole('ipv6Prefix', options.ipv6Prefix ?? 64, 1, 128)
  const waitFor = whole('waitFor', options.waitFor ?? 1_000, 1, MAX_DELAY)
  const waiting = whole('waiting', options.waiting ?? 1_000, 0, MAX_DELAY)
  const idleFor = whole('idleFor', options.idleFor ?? 10_000, 1, MAX_DELAY)
  const retryAfter = whole('retryAfter', options.retryAfter ?? 5, 0, MAX_DELAY)
  const slots = new ConnectionSlots(limits, prefix, clock, whenFull === 'evict-idle')
  const room = new WaitingRoom(slots, clock, waitFor, waiting)
  const identifies = limits.subject !== Infinity || limits.tenant !== Infinity
  let refused = 0
  let evicted = 0

  function refuse(conn: Connection<unknown>, full: LimitKind): never {
    refused += 1
    conn.reject({ status: full === 'total' ? 503 : 429, reason: REASONS[full], retryAfter })
  }

  function admit(conn: Connection<unknown>, next: Next): Promise<End<{}>> {
    return identifies && conn.identity === null ? nextAsNobody(conn, next) : next()
  }

  /** From here on the claim is given back, once, whatever becomes of the connection. */
  function keep(claim: Claim): void {
    slots.register(claim)
    claim.conn.defer(() => {
      if (slots.release(claim)) room.serve()
    })
  }

  function enter(conn: Connection<unknown>, next: Next): Promise<End<{}>> {
    // Called late, by a middleware that took its time: there is nobody left to count.
    if (conn.state === 'closing' || conn.state === 'closed') return next()
    const claim = slots.claim(conn)
    const { full } = claim
    if (full === undefined) {
      keep(claim)
      slots.take(claim)
      return admit(conn, next)
    }
    if (whenFull === 'wait') {
      keep(claim)
      return room.wait(claim, full).then((stillFull) => {
        if (stillFull !== undefined) refuse(conn, stillFull)
        return admit(conn, next)
      })
    }
    const losers = whenFull === 'evict-idle' ? slots.evict(claim, idleFor) : undefined
    if (losers === undefined) return refuse(conn, full)
    keep(claim)
    slots.take(claim)
    evicted += losers.length
    // Whoever hears of their end finds the slot taken already.
    for (const { conn: loser } of losers) loser.close(CloseCode.tooMany, 'idle, and its place was needed')
    return admit(conn, next)
  }

  return Object.assign(named('limitConnections', enter), {
    count(whom: CountQuery): number {
      if ('address' in whom) return slots.count('address', slots.addressKey(whom.address))
      return whom.subject === undefined
        ? slots.count('tenant', whom.tenant)
        : slots.count('subject', subjectKey(whom.subject, whom.tenant))
    },
    stats: (): ConnectionLimitStats => ({
      connections: slots.held,
      addresses: slots.size('address'),
      subjects: slots.size('subject'),
      tenants: slots.size('tenant'),
      waiting: room.size,
      leaving: slots.leaving,
      totals: { admitted: slots.taken, refused, evicted },
    }),
  })
}

/** Goes on with whom nobody has authenticated so far, and fails where somebody does further in: then it stands wrong. */
function nextAsNobody(conn: Connection<unknown>, next: Next): Promise<End<{}>> {
  const life = next()
  const checked = conn.opened.then((open) => {
    if (open && conn.identity !== null) throw misplaced()
    return life
  })
  return Promise.race([life, checked])
}

function misplaced(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_OPTION',
    'limitConnections({ perSubject, perTenant }) stands before the middleware that authenticates, where it counts nobody: put it after.',
  )
}
