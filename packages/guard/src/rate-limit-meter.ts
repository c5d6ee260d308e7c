import type { Clock, Connection } from '@linkspan/core'
import { type RateLimitQuota, TokenBucket } from './rate-limit-bucket.js'
import { KeyedBuckets } from './rate-limit-buckets.js'
import type { StoreQuota } from './rate-limit-store.js'

/** Measures connections against one quota. Waits are in milliseconds; 0: there is none. */
export interface Meter<Data> {
  /** Takes from the local quota, or answers the wait. */
  take(conn: Connection<Data>, cost: number): number
  /** Takes from the local quota in advance, and answers the wait until it would have been there. */
  borrow(conn: Connection<Data>, cost: number): number
  giveBack(conn: Connection<Data>, cost: number): void
  /** Asks the shared quota too, where there is one. */
  confirm(conn: Connection<Data>, cost: number): number | Promise<number>
  /** Quotas that are not full. */
  readonly size: number
}

/** A quota for each connection, gone with it. */
export class ConnectionMeter implements Meter<unknown> {
  readonly size = 0
  readonly #quota: RateLimitQuota
  readonly #clock: Clock
  readonly #buckets = new WeakMap<object, TokenBucket>()

  constructor(quota: RateLimitQuota, clock: Clock) {
    this.#quota = quota
    this.#clock = clock
  }

  take(conn: Connection<unknown>, cost: number): number {
    const now = this.#clock.monotonic()
    return this.#of(conn, now).take(cost, now)
  }

  borrow(conn: Connection<unknown>, cost: number): number {
    const now = this.#clock.monotonic()
    return this.#of(conn, now).borrow(cost, now)
  }

  giveBack(): void {}

  confirm(): number {
    return 0
  }

  #of(conn: Connection<unknown>, now: number): TokenBucket {
    let bucket = this.#buckets.get(conn)
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#quota, now)
      this.#buckets.set(conn, bucket)
    }
    return bucket
  }
}

/** A quota for all connections of a key. */
export class SharedMeter<Data> implements Meter<Data> {
  readonly #clock: Clock
  readonly #keyOf: (conn: Connection<Data>) => string | undefined
  readonly #buckets: KeyedBuckets
  readonly #store: StoreQuota | undefined

  constructor(
    quota: RateLimitQuota,
    most: number,
    clock: Clock,
    keyOf: (conn: Connection<Data>) => string | undefined,
    store: StoreQuota | undefined,
  ) {
    this.#clock = clock
    this.#keyOf = keyOf
    this.#buckets = new KeyedBuckets(quota, most)
    this.#store = store
  }

  get size(): number {
    return this.#buckets.size(this.#clock.monotonic())
  }

  take(conn: Connection<Data>, cost: number): number {
    const now = this.#clock.monotonic()
    return this.#of(conn, now)?.take(cost, now) ?? 0
  }

  borrow(conn: Connection<Data>, cost: number): number {
    const now = this.#clock.monotonic()
    return this.#of(conn, now)?.borrow(cost, now) ?? 0
  }

  giveBack(conn: Connection<Data>, cost: number): void {
    const now = this.#clock.monotonic()
    this.#of(conn, now)?.giveBack(cost, now)
  }

  confirm(conn: Connection<Data>, cost: number): number | Promise<number> {
    if (this.#store === undefined) return 0
    const key = this.#keyOf(conn)
    return key === undefined ? 0 : this.#store.consume(key, cost)
  }

  #of(conn: Connection<Data>, now: number): TokenBucket | undefined {
    const key = this.#keyOf(conn)
    return key === undefined ? undefined : this.#buckets.of(key, now)
  }
}

/** Asks for the key of a connection once. */
export function remembered<Data>(
  keyOf: (conn: Connection<Data>) => string | undefined,
): (conn: Connection<Data>) => string | undefined {
  const keys = new WeakMap<object, string | undefined>()
  return (conn) => {
    if (!keys.has(conn)) keys.set(conn, keyOf(conn))
    return keys.get(conn)
  }
}
