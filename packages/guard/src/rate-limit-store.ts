import { type Clock, toError } from '@linkspan/core'
import type { StoreHealth } from './rate-limit-health.js'

/**
 * What counts for several nodes: every limiter of rate-limiter-flexible is one. `consume` resolves where there was
 * room, rejects with `{ msBeforeNext }` where there was none, and with an Error where it does not know.
 *
 * @example
 * const limiter: SharedLimiter = new RateLimiterRedis({ storeClient: redis, points: 10, duration: 60 })
 */
export interface SharedLimiter {
  consume(key: string, points?: number): Promise<unknown>
}

/**
 * Makes the limiter of one quota; its argument is what the limiters of rate-limiter-flexible take, `duration` in
 * seconds.
 *
 * @example
 * const store: RateLimitStore = (limit) => new RateLimiterRedis({ storeClient: redis, ...limit })
 */
export type RateLimitStore = (limit: {
  readonly keyPrefix: string
  readonly points: number
  readonly duration: number
}) => SharedLimiter

/**
 * Asks a shared limiter, after the local one had nothing against it: so a store that is late, or away, only means that
 * the local answer stands.
 */
export class StoreQuota {
  readonly #limiter: SharedLimiter
  readonly #points: number
  readonly #health: StoreHealth
  readonly #clock: Clock
  readonly #deadline: number

  /** `deadline` in milliseconds. */
  constructor(limiter: SharedLimiter, points: number, health: StoreHealth, clock: Clock, deadline: number) {
    this.#limiter = limiter
    this.#points = points
    this.#health = health
    this.#clock = clock
    this.#deadline = deadline
  }

  /** Answers the milliseconds to wait; 0: go on. Never rejects. */
  consume(key: string, cost: number): number | Promise<number> {
    if (!this.#health.mayAsk()) return 0
    return new Promise((resolve) => {
      let open = true
      const settle = (failure: Error | undefined, wait: number): void => {
        if (!open) return
        open = false
        this.#clock.clearTimeout(timer)
        if (failure === undefined) this.#health.answered()
        else this.#health.lost(failure)
        resolve(wait)
      }
      const timer = this.#clock.setTimeout(() => settle(new Error('it took too long'), 0), this.#deadline)
      this.#ask(key, cost).then(
        () => settle(undefined, 0),
        (thrown: unknown) => {
          const wait = refusalOf(thrown)
          settle(wait === undefined ? toError(thrown) : undefined, wait ?? 0)
        },
      )
    })
  }

  /** What throws instead of rejecting is caught too. */
  async #ask(key: string, cost: number): Promise<unknown> {
    // As in a bucket: what costs more than all takes all.
    return this.#limiter.consume(key, Math.min(cost, this.#points))
  }
}

/** The wait that a refusal tells; `undefined` for what is none. */
function refusalOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return undefined
  const { msBeforeNext } = thrown as { readonly msBeforeNext?: unknown }
  return typeof msBeforeNext === 'number' ? Math.max(1, Math.ceil(msBeforeNext)) : undefined
}
