import {
  type Authenticated,
  type Bus,
  badOption,
  type Clock,
  CloseCode,
  type Connection,
  LinkspanError,
  Log,
  type Logger,
  type Middleware,
  named,
  systemClock,
  toError,
} from '@linkspan/core'
import { Sender } from './revocation-sender.js'
import { type Claim, ClaimClock, isClaim, isLater } from './single-claim.js'

/** Milliseconds that one publish may take. */
const PUBLISH = 5_000
/** Claims that may wait for the bus. */
const WAITING = 100_000

/**
 * What `single` can be told.
 *
 * @example
 * single({ by: (conn) => `${conn.identity.subject}/${conn.request.query.get('device')}`, onConflict: 'reject' })
 */
export interface SingleOptions<Data> {
  /**
   * The key that one connection at a time may have; `undefined`: as many as it likes. Asked once, in the handshake.
   * Default: `'subject'`, the subject within its tenant.
   */
  readonly by?: 'subject' | ((conn: Connection<Data>) => string | undefined)
  /**
   * Who loses. `'replace'`: the one that is there, with 4002, once the new one is active. `'reject'`: the one that comes,
   * with 409. Default: `'replace'`.
   */
  readonly onConflict?: 'replace' | 'reject'
  /** What carries claims to the other nodes. Default: none, one node's connections are all there are. */
  readonly bus?: Bus<Claim>
  readonly clock?: Clock
  /** Default: errors to the console. */
  readonly logger?: Logger
}

/**
 * Middleware that lets each key have one connection.
 *
 * @example
 * const one: Single<Authenticated> = single()
 */
export interface Single<Data> extends Middleware<Data, {}> {
  /** How many keys have a connection on this node. */
  held(): number
  /** Lets go of the bus. */
  close(): void
}

interface Holder {
  readonly conn: Connection<unknown>
  /** Of an active one. */
  claim: Claim | undefined
}

/**
 * Middleware that lets each key, commonly the subject, have one connection at a time.
 *
 * With `'replace'` the one that became active last stays, and the other is closed with 4002; a handshake that fails
 * replaces nobody. With `'reject'` the one that reached this middleware first stays, and the other is refused with 409 and
 * 4002; one that is closing holds nothing any more.
 *
 * On a bus, claims travel when a connection becomes active, and every node sees the same winner: with `'replace'` the
 * later claim, with `'reject'` the earlier one. Until the bus has delivered them, two may be active; with `'reject'` a
 * connection that another node holds is therefore noticed after the 101, and the newcomer closed with 4002. Without the
 * bus each node decides for itself; when it is back, all claims are made again.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * app.use(jwt({ secret })).use(single({ onConflict: 'replace' }))
 */
export function single<Data extends Authenticated = Authenticated>(
  options: SingleOptions<Data> = {},
): Single<Data> {
  const { by = 'subject', onConflict = 'replace', bus, clock = systemClock } = options
  if (onConflict !== 'replace' && onConflict !== 'reject') {
    throw badOption("onConflict takes one of 'replace', 'reject'.")
  }
  const keyOf = by === 'subject' ? subjectOf : by
  const times = new ClaimClock(clock)
  const holders = new Map<string, Holder>()
  const log = new Log(options.logger, clock)
  const link = bus && connect(bus)

  function connect(to: Bus<Claim>): { readonly sender: Sender<Claim>; close(): void } {
    const failed = (_: Claim, error: unknown): void =>
      log.warn('claim.lost', 'a claim did not reach the bus', { err: toError(error) })
    const sender = new Sender<Claim>({ bus: to, clock, timeout: PUBLISH, capacity: WAITING, failed })
    const unsubscribe = to.subscribe(receive)
    const unobserve = to.onStatus((status) => {
      if (status === 'up') claimAgain()
    })
    const close = (): void => {
      unsubscribe()
      unobserve()
      sender.close()
    }
    return { sender, close }
  }

  function receive(claim: Claim): void {
    if (!isClaim(claim)) return
    times.saw(claim.at)
    const holder = holders.get(claim.key)
    if (holder?.claim === undefined || holder.claim.id === claim.id || holder.conn.state !== 'active') return
    if (isLater(claim, holder.claim) === (onConflict === 'replace')) dismiss(holder)
    // Its node may not have heard of ours.
    else void link?.sender.send(holder.claim)
  }

  function claimAgain(): void {
    for (const { claim } of holders.values()) if (claim !== undefined) void link?.sender.send(claim)
  }

  function dismiss({ conn }: Holder): void {
    conn.close(CloseCode.replaced, onConflict === 'replace' ? 'replaced' : 'already connected')
  }

  function activate(key: string, holder: Holder): void {
    // It may never have been active, or have ended in the same turn: then it takes nobody's place.
    if (holder.conn.state !== 'active') return
    const before = holders.get(key)
    holders.set(key, holder)
    if (before !== undefined && before !== holder) dismiss(before)
    if (link === undefined) return
    holder.claim = { key, id: holder.conn.id, at: times.next() }
    void link.sender.send(holder.claim)
  }

  function release(key: string, holder: Holder): void {
    if (holder.claim !== undefined) link?.sender.forget(holder.claim)
    if (holders.get(key) === holder) holders.delete(key)
  }

  const middleware: Middleware<Data, {}> = (conn, next) => {
    const key = keyOf(conn)
    if (key === undefined) return next()
    const holder: Holder = { conn, claim: undefined }
    if (onConflict === 'reject') {
      const there = holders.get(key)
      if (there !== undefined && there.conn.state !== 'closing') {
        return conn.reject({ status: 409, code: CloseCode.replaced, reason: 'already connected' })
      }
      holders.set(key, holder)
    }
    conn.defer(() => release(key, holder))
    void conn.opened.then(() => activate(key, holder))
    return next()
  }

  return Object.assign(named('single', middleware), {
    held: (): number => holders.size,
    close: (): void => link?.close(),
  })
}

/** The length keeps tenant and subject apart, whatever is in them. */
function subjectOf({ identity }: Connection<unknown>): string {
  if (identity === null) {
    throw new LinkspanError('LINKSPAN_STATE', "single() by 'subject' stands behind what authenticates.")
  }
  const { tenant, subject } = identity
  return tenant === undefined ? `:${subject}` : `${tenant.length}:${tenant}:${subject}`
}
