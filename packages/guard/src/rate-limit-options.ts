import { badOption, type Clock, type Connection, type Logger, MAX_DELAY, whole } from '@linkspan/core'
import type { RateLimitQuota } from './rate-limit-bucket.js'
import type { StoreHealth } from './rate-limit-health.js'
import { keyOf, type RateLimitKey } from './rate-limit-key.js'
import type { OverLimit } from './rate-limit-messages.js'
import { ConnectionMeter, type Meter, remembered, SharedMeter } from './rate-limit-meter.js'
import { type RateLimitStore, StoreQuota } from './rate-limit-store.js'

/**
 * A limit was reached.
 *
 * @example
 * rateLimit({ messages, over: 'drop', onLimit: (conn, { limit, action }) => metrics.count(limit, action) })
 */
export interface RateLimitEvent {
  readonly limit: 'handshakes' | 'messages' | 'bytes'
  /** `'refuse'` is what happens to handshakes. */
  readonly action: 'refuse' | OverLimit
  /** Size of the message; 0 for a handshake. */
  readonly bytes: number
  /** Milliseconds until there will be room. */
  readonly wait: number
}

/**
 * What a rate limit has done so far, in whole numbers.
 *
 * @example
 * const { refused, keys } = limits.stats()
 */
export interface RateLimitStats {
  /** Handshakes. */
  readonly refused: number
  /** Connections closed with 4101. */
  readonly closed: number
  /** Messages that reached no handler. */
  readonly dropped: number
  /** Messages that had to wait. */
  readonly delayed: number
  /** Questions that the store did not answer, or not in time. */
  readonly storeFailures: number
  /** Quotas that are remembered now; not those of single connections. */
  readonly keys: number
}

/**
 * What to limit, and how. Without any limit it is refused; each is independent of the others.
 *
 * @example
 * const options: RateLimitOptions = { handshakes: { points: 10, per: 60_000 }, messages: { points: 50, per: 1_000 } }
 */
export interface RateLimitOptions<Data = unknown> {
  /** Names it, to clients and in the store: two that share a store need two names. Default: `'default'`. */
  readonly name?: string
  /** Handshakes, `by` address unless told otherwise; over it 429. Default: no limit. */
  readonly handshakes?: RateLimitQuota & { readonly by?: RateLimitKey<Data> }
  /** Messages, `by` connection unless told otherwise. Default: no limit. */
  readonly messages?: RateLimitQuota & { readonly by?: 'connection' | RateLimitKey<Data> }
  /** Bytes of messages, `by` connection unless told otherwise. Default: no limit. */
  readonly bytes?: RateLimitQuota & { readonly by?: 'connection' | RateLimitKey<Data> }
  /** What becomes of a message over a limit. Default: `'close'`, with 4101. */
  readonly over?: OverLimit
  /** Counts for several nodes. Not asked for limits by connection. Default: this node counts for itself. */
  readonly store?: RateLimitStore
  /** Milliseconds that the store may take; then what this node has counted decides. Default: 200. */
  readonly deadline?: number
  /** Leading bits of an IPv6 address that belong to one client. Default: 64. */
  readonly ipv6Prefix?: number
  /** Quotas remembered at once, a limit; the one idle for longest goes first. Default: 100,000. */
  readonly maxKeys?: number
  /** Told of everything that is over a limit; synchronous. Default: nobody is. */
  readonly onLimit?: (conn: Connection<Data>, event: RateLimitEvent) => void
  readonly clock?: Clock
  /** Told once when the store goes away, and when it is back. Default: errors to the console. */
  readonly logger?: Logger
}

/** What the meters of one rate limit share. */
interface Surroundings {
  readonly name: string
  readonly clock: Clock
  readonly health: StoreHealth
}

/** Answers what makes the meters of one rate limit, with the options that they share checked. */
export function meters<Data>(
  options: RateLimitOptions<Data>,
  { name, clock, health }: Surroundings,
): (
  what: RateLimitEvent['limit'],
  quota: RateLimitQuota,
  by?: 'connection' | RateLimitKey<Data>,
) => Meter<Data> {
  const ipv6Prefix = whole('ipv6Prefix', options.ipv6Prefix ?? 64, 1, 128)
  const maxKeys = whole('maxKeys', options.maxKeys ?? 100_000, 1, Number.MAX_SAFE_INTEGER)
  const deadline = whole('deadline', options.deadline ?? 200, 1, MAX_DELAY)
  const { store } = options
  return (
    what: RateLimitEvent['limit'],
    { points, per }: RateLimitQuota,
    by: 'connection' | RateLimitKey<Data> = 'connection',
  ): Meter<Data> => {
    const quota: RateLimitQuota = {
      points: whole(`${what}.points`, points, 1, Number.MAX_SAFE_INTEGER),
      per: whole(`${what}.per`, per, 1, MAX_DELAY),
    }
    if (by === 'connection') return new ConnectionMeter(quota, clock)
    // RateLimiterRedis rounds down to seconds, and keeps what is left of less than one for good.
    if (store !== undefined && per % 1_000 !== 0) {
      throw badOption(`${what}.per takes whole seconds where there is a store, not ${per} milliseconds.`)
    }
    const keyPrefix = `linkspan:rate:${name}:${what}`
    const shared = store?.({ keyPrefix, points, duration: per / 1_000 })
    const asked = shared && new StoreQuota(shared, points, health, clock, deadline)
    const key = (conn: Connection<Data>): string | undefined => keyOf(by, conn, ipv6Prefix)
    return new SharedMeter(quota, maxKeys, clock, what === 'handshakes' ? key : remembered(key), asked)
  }
}
