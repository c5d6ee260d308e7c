import {
  type Authenticated,
  CloseCode,
  type Connection,
  type Identity,
  LinkspanError,
  type Middleware,
  named,
  toError,
} from '@linkspan/core'
import { teller } from './revocation-events.js'
import { RevocationList } from './revocation-list.js'
import {
  checkQuery,
  credentialsOf,
  isRevocation,
  type Revocation,
  type RevocationQuery,
} from './revocation-notice.js'
import { type RevocationOptions, resolveRevocationOptions } from './revocation-options.js'
import type { RevocationReport, RevocationStats, Revocations } from './revocation-report.js'
import { Sender } from './revocation-sender.js'
import { Sweeper, type Swept } from './revocation-sweep.js'
import { Tracked } from './revocation-tracked.js'
import { Trust } from './revocation-trust.js'

/**
 * Makes revocation: middleware that stands behind what authenticates, and `revoke`.
 *
 * While the bus works, a revocation takes effect at once. Where it does not, nothing happens before `deadline`; then this
 * node's connections are closed with 1013, and handshakes get 503 until the bus is back. A bus with `since` tells what was
 * missed. After an outage of one without, connections are closed with 4200 and credentials issued before are refused, with
 * 401 and 4200, so that clients refresh them.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const app = linkspan({ broker })
 * const revocations = revocation({ bus: app.bus('revocations'), remember: 3_600_000 })
 * app.use(jwt({ secret })).use(revocations)
 * await revocations.revoke({ subject: 'ada', before: Date.now() })
 */
export function revocation(options: RevocationOptions = {}): Revocations {
  const resolved = resolveRevocationOptions(options)
  const { bus, clock, deadline, remember, capacity, retryAfter } = resolved
  const tell = teller(resolved.onEvent, resolved.log)
  const list = new RevocationList(capacity, clock)
  const tracked = new Tracked()
  const sweeper = new Sweeper(tracked, (conn) => credentialsOf(conn.identity, resolved), clock)
  const totals = { forgotten: 0, closed: 0, slowest: 0 }
  /** Older credentials may have been revoked without this node's knowledge. */
  let floor = Number.NEGATIVE_INFINITY
  let closed = false

  function refusalOf(identity: Identity): { readonly code: number; readonly reason: string } | undefined {
    const credentials = credentialsOf(identity, resolved)
    if (list.find(credentials) !== undefined) return { code: CloseCode.revoked, reason: 'revoked' }
    const { issuedAt = floor } = credentials
    return issuedAt < floor && clock.now() < floor + remember
      ? { code: CloseCode.expired, reason: 'refresh the credentials' }
      : undefined
  }

  /** Remembers it, and closes whom it is about. */
  async function apply(made: Revocation): Promise<Swept> {
    const forgotten = list.add(made)
    if (forgotten !== undefined) {
      totals.forgotten += 1
      tell({ type: 'forgotten', revocation: forgotten })
    }
    const swept = await sweeper.sweep(made)
    totals.closed += swept.closed
    return swept
  }

  async function receive(made: unknown): Promise<void> {
    if (!isRevocation(made)) {
      tell({ type: 'failed', error: new Error('what came from the bus is no revocation'), lost: true })
      return
    }
    const swept = await apply(made)
    if (swept.closed === 0) return
    const latency = Math.max(0, clock.now() - made.at)
    tell({ type: 'revoked', revocation: made, closed: swept.closed, latency })
  }

  function closeAll(type: 'overdue' | 'missed', code: number, reason: string): void {
    const all = tracked.all().filter((conn) => conn.state !== 'closing')
    for (const conn of all) conn.close(code, reason)
    tell({ type, closed: all.length })
  }

  const sender = new Sender<Revocation>({
    bus,
    clock,
    capacity,
    timeout: deadline,
    failed: (_, error, lost) => tell({ type: 'failed', error: toError(error), lost }),
  })
  const unsubscribe = bus.subscribe((made) => void receive(made))
  const trust = new Trust(
    bus,
    clock,
    { deadline, remember },
    {
      caughtUp: (missed) => {
        for (const made of missed) void receive(made)
      },
      missed: () => {
        floor = clock.now()
        closeAll('missed', CloseCode.expired, 'refresh the credentials')
      },
      overdue: () => closeAll('overdue', CloseCode.overloaded, 'revocations are unknown'),
      changed: (sure) => tell({ type: 'bus', sure }),
      failed: (error) => tell({ type: 'failed', error: toError(error), lost: false }),
    },
  )

  const middleware: Middleware<Authenticated, {}> = (conn, next) => {
    if (!trust.holds) return conn.reject({ status: 503, reason: 'revocations are unknown', retryAfter })
    check(conn)
    tracked.add(conn)
    conn.defer(() => tracked.delete(conn))
    conn.onRenewed(() => check(conn))
    return next()
  }

  /** @throws Rejection for credentials that are good no more. */
  function check(conn: Connection<Authenticated>): void {
    const refusal = refusalOf(conn.identity)
    if (refusal !== undefined) conn.reject({ status: 401, ...refusal })
  }

  async function revoke(query: RevocationQuery): Promise<RevocationReport> {
    checkQuery(query)
    if (closed) throw new LinkspanError('LINKSPAN_STATE', 'revoke() came after close().')
    const { subject, tenant, session, tokenId, before } = query
    const begun = clock.monotonic()
    const at = clock.now()
    const made: Revocation = {
      id: globalThis.crypto.randomUUID(),
      at,
      until: at + remember,
      ...(subject !== undefined && { subject }),
      ...(tenant !== undefined && { tenant }),
      ...(session !== undefined && { session }),
      ...(tokenId !== undefined && { tokenId }),
      ...(before !== undefined && { before }),
    }
    const [swept, published] = await Promise.all([apply(made), sender.send(made)])
    const latency = swept.monotonic - begun
    totals.slowest = Math.max(totals.slowest, latency)
    tell({ type: 'revoked', revocation: made, closed: swept.closed, latency })
    return { id: made.id, closed: swept.closed, latency, published }
  }

  return Object.assign(named('revocation', middleware), {
    revoke,
    stats: (): RevocationStats => ({
      ...totals,
      tracked: tracked.size,
      remembered: list.size,
      waiting: sender.waiting,
      sure: trust.sure,
    }),
    close: (): void => {
      closed = true
      unsubscribe()
      sender.close()
      trust.close()
    },
  })
}
