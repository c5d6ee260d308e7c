/**
 * How much of something there may be: `points`, and the time in which as many again become free.
 *
 * @example
 * const quota: RateLimitQuota = { points: 20, per: 1_000 }
 */
export interface RateLimitQuota {
  /** 1 or more: handshakes, messages or bytes. */
  readonly points: number
  /** Milliseconds, 1 to 2^31 - 1; with a `store`, whole seconds. */
  readonly per: number
}

/** Of a token: less is an error of floating-point numbers, and makes nobody wait. */
const ROUNDING = 1e-6

/**
 * A token bucket: as many tokens as the quota has points, refilled evenly. Synchronous, two numbers, no timer.
 *
 * What costs more than the whole quota takes the whole quota: it goes through a full bucket, instead of never.
 */
export class TokenBucket {
  readonly #quota: RateLimitQuota
  #tokens: number
  #at: number

  constructor(quota: RateLimitQuota, now: number) {
    this.#quota = quota
    this.#tokens = quota.points
    this.#at = now
  }

  /** Takes tokens if they are there. Answers 0, or, with nothing taken, the milliseconds until they will be. */
  take(cost: number, now: number): number {
    const price = this.#price(cost, now)
    if (this.#tokens < price - ROUNDING) return this.#until(price)
    this.#tokens -= price
    return 0
  }

  /** Takes tokens, be they there or not. Answers the milliseconds until they have come in. */
  borrow(cost: number, now: number): number {
    const price = this.#price(cost, now)
    this.#tokens -= price
    return this.#tokens < -ROUNDING ? this.#until(0) : 0
  }

  /** Undoes a `borrow`. */
  giveBack(cost: number, now: number): void {
    const price = this.#price(cost, now)
    this.#tokens = Math.min(this.#quota.points, this.#tokens + price)
  }

  /** Whether it is as a new one would be. */
  isFull(now: number): boolean {
    this.#refill(now)
    return this.#tokens >= this.#quota.points - ROUNDING
  }

  #price(cost: number, now: number): number {
    this.#refill(now)
    return Math.min(cost, this.#quota.points)
  }

  #refill(now: number): void {
    const { points, per } = this.#quota
    this.#tokens = Math.min(points, this.#tokens + ((now - this.#at) * points) / per)
    this.#at = now
  }

  #until(price: number): number {
    const { points, per } = this.#quota
    // Whole milliseconds, as timers count; never 0, which means that there is nothing to wait for.
    return Math.max(1, Math.ceil(((price - this.#tokens - ROUNDING) * per) / points))
  }
}
