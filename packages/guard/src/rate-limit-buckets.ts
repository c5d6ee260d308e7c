import { type RateLimitQuota, TokenBucket } from './rate-limit-bucket.js'

/**
 * A bucket for each key. One that is full again is as good as none, and is forgotten when others are asked for: there
 * is no timer, and nothing runs while nobody comes. Past `most` keys the one that was idle for longest goes first.
 */
export class KeyedBuckets {
  readonly #quota: RateLimitQuota
  readonly #most: number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(quota: RateLimitQuota, most: number) {
    this.#quota = quota
    this.#most = most
  }

  /** The bucket of a key, which is now the last one used. */
  of(key: string, now: number): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#quota, now)
    this.#buckets.delete(key)
    this.#forget(now, this.#most - 1)
    this.#buckets.set(key, bucket)
    return bucket
  }

  /** Keys that are remembered. */
  size(now: number): number {
    this.#forget(now, this.#most)
    return this.#buckets.size
  }

  /** From the longest idle on: the full ones, and those that are too many. */
  #forget(now: number, most: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#buckets.size <= most && !bucket.isFull(now)) return
      this.#buckets.delete(key)
    }
  }
}
