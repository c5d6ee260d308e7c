import type { Authenticated, Middleware } from '@linkspan/core'
import type { RevocationQuery } from './revocation-notice.js'

/**
 * What a revocation did. `closed` connections of this node were closed, the last one `latency` milliseconds after the call.
 * `published`: the bus has taken it; where it has not, it is tried again until it does.
 *
 * @example
 * const { closed, latency, published } = await revocations.revoke({ subject: 'ada' })
 */
export interface RevocationReport {
  readonly id: string
  readonly closed: number
  readonly latency: number
  readonly published: boolean
}

/**
 * How revocation stands on this node.
 *
 * @example
 * if (!revocations.stats().sure) console.warn('the revocation bus is down')
 */
export interface RevocationStats {
  /** Connections that may be revoked. */
  readonly tracked: number
  /** Revocations in the list. */
  readonly remembered: number
  /** Revocations that left the list before their time, in all. */
  readonly forgotten: number
  /** Revocations of this node that the bus has not taken. */
  readonly waiting: number
  /** Connections closed with 4001, in all. */
  readonly closed: number
  /** The longest that a revocation made here took to close its last connection here, in milliseconds. */
  readonly slowest: number
  /** Whether every revocation is known here. */
  readonly sure: boolean
}

/**
 * Middleware that knows what is revoked, and what revokes.
 *
 * @example
 * const revocations: Revocations = revocation({ bus })
 */
export interface Revocations extends Middleware<Authenticated, {}> {
  /**
   * Revokes credentials: closes every connection that lives by them, on every node, with 4001, and refuses handshakes and
   * renewals with them (401), for as long as it is remembered. Resolves when the last one of this node has closed and the
   * bus has answered, or has not in time.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for a query that names nobody, `LINKSPAN_STATE` after `close`.
   */
  revoke(query: RevocationQuery): Promise<RevocationReport>
  stats(): RevocationStats
  /** Lets go of the bus and of every timer. From then on handshakes are refused with 503. Connections stay. */
  close(): void
}
