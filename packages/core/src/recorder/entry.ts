import type { ClosedBy } from '../close.js'
import type { Step } from '../ports/observer.js'

/**
 * Why a connection ended: the first thing that had it end.
 *
 * Before it was active: `turned-away` by a check that comes before any middleware; `refused` by a middleware, or by one
 * that failed; `handshake-timeout`; `silent`, a client that was waited for; `aborted`, a client that left before it was
 * answered. At any time: `next-missing`, `slow-consumer`, `violation`, `peer`, `network`; `application` is `conn.close`,
 * `terminated` is `conn.terminate`, `disconnect` is `app.disconnect`, and `drain` is `app.drain`. Once active: `handler`
 * threw or refused, `inbox` was full and reading could not be paused, `no-heartbeat`, `expired`, a `renewal` hook or a
 * `middleware` ended it.
 */
export type EndCause = (typeof CAUSES)[number]

export const CAUSES = [
  'turned-away',
  'refused',
  'handshake-timeout',
  'silent',
  'aborted',
  'next-missing',
  'slow-consumer',
  'violation',
  'peer',
  'network',
  'application',
  'terminated',
  'disconnect',
  'drain',
  'handler',
  'inbox',
  'no-heartbeat',
  'expired',
  'renewal',
  'middleware',
] as const

/** What is written down of a connection's life, by the names it has in an {@link Entry}. */
export const KINDS = [
  'accepted',
  'middleware',
  'authenticated',
  'active',
  'renewed',
  'expiring',
  'received',
  'sent',
  'heartbeat',
  'missed',
  'pace',
  'backpressure',
  'drained',
  'paused',
  'resumed',
  'dropped',
  'denied',
  'error',
  'refused',
  'closing',
  'socket',
  'overdue',
] as const

/** When it was, in whole milliseconds since the upgrade request arrived. */
interface Moment {
  readonly at: number
}

/** Several of a kind, as one: `at` is the first, `until` the last. */
interface Several extends Moment {
  readonly until: number
  readonly count: number
}

/** What waited then: messages for the handler, and bytes for the peer. */
interface Depth {
  readonly backlog: number
  readonly buffered: number
}

/**
 * One thing that happened to a connection; `what` tells which. Times are in whole milliseconds since its upgrade request
 * arrived, sizes in bytes.
 *
 * `accepted`: 101 before the pipeline had ended. `middleware`: a decision, and how long it took. `authenticated`: `lease`, in milliseconds, where the identity ends.
 * `received` and `sent`: messages, merged; `last` is the size of the last one. What is sent as a string counts with its
 * length. `heartbeat`: pings that were answered, `rtt` the last round trip. `dropped`: `backlog` or `buffered` is what
 * waited then. `denied`: the policy of a topic said no. `socket`: it is gone, and whether the peer had answered our close
 * frame. `overdue`: what had not ended within `closeTimeout` or `releaseTimeout` was given up.
 *
 * @example
 * const entry: Entry = { at: 3, what: 'middleware', name: 'jwt', index: 0, decision: 'refused', duration: 2.8, status: 401 }
 */
export type Entry =
  | (Moment & { readonly what: 'accepted' | 'active' | 'drained' })
  | (Moment & {
      readonly what: 'middleware'
      readonly name: string
      readonly index: number
      readonly decision: Step['decision']
      readonly duration: number
      readonly status?: number
    })
  | (Moment & { readonly what: 'authenticated'; readonly anonymous: boolean; readonly lease?: number })
  | (Moment & { readonly what: 'renewed'; readonly lease?: number })
  | (Moment & { readonly what: 'expiring'; readonly in: number })
  | (Several & {
      readonly what: 'received'
      readonly bytes: number
      readonly kind: 'text' | 'binary' | 'both'
      readonly last: number
    })
  | (Several & { readonly what: 'sent'; readonly bytes: number })
  | (Several & { readonly what: 'heartbeat'; readonly rtt: number })
  | (Several & { readonly what: 'missed' })
  | (Moment & {
      readonly what: 'pace'
      readonly name: string
      readonly interval: number
      readonly misses: number
    })
  | (Moment & Depth & { readonly what: 'backpressure' | 'paused' | 'resumed' })
  | (Several & {
      readonly what: 'dropped'
      readonly direction: 'in' | 'out'
      readonly reason: string
      readonly bytes: number
      readonly waiting: number
    })
  | (Several & { readonly what: 'denied'; readonly action: 'join' | 'publish' })
  | (Several & { readonly what: 'error'; readonly code: string })
  | (Moment & { readonly what: 'refused'; readonly status: number; readonly code: number })
  | Closing
  | (Moment & { readonly what: 'socket'; readonly answered: boolean })
  | (Moment & { readonly what: 'overdue'; readonly deadline: 'close' | 'release' })

/**
 * Why a connection began to end. `framed`: a close frame could tell its peer; else it was an HTTP status, or nothing.
 * `reason` is ours; what a peer wrote is not kept. `limit` is what was exceeded, in its own unit: milliseconds for
 * `handshake-timeout`, pings for `no-heartbeat`, bytes for `slow-consumer` and `violation`, messages for `inbox`.
 * `middleware` is the one that the handshake had come to.
 *
 * @example
 * const why: Closing = { at: 9, what: 'closing', cause: 'drain', code: 1012, by: 'server', framed: true, backlog: 0, buffered: 0 }
 */
export interface Closing extends Moment, Depth {
  readonly what: 'closing'
  readonly cause: EndCause
  readonly code: number
  readonly by: ClosedBy
  readonly framed: boolean
  readonly reason?: string
  readonly limit?: number
  readonly middleware?: string
}
