import type { Clock, Logger } from '@linkspan/core'
import { type CircuitBreaker, type CircuitBreakerOptions, circuitBreaker } from '@linkspan/guard'
import { Bounded } from './bounded.js'

/** A circuit breaker for each tenant. For a new one a closed one goes, the one that was used longest ago. */
export class Breakers {
  readonly #options: CircuitBreakerOptions
  readonly #breakers: Bounded<CircuitBreaker>

  /** @throws LinkspanError `LINKSPAN_OPTION` */
  constructor(options: CircuitBreakerOptions, clock: Clock, logger: Logger, most: number) {
    this.#options = { clock, logger, ...options }
    this.#breakers = new Bounded(most)
    // What is wrong with the options should show at the start.
    circuitBreaker(this.#options)
  }

  get size(): number {
    return this.#breakers.size
  }

  of(id: string): CircuitBreaker {
    const found = this.#breakers.get(id)
    if (found !== undefined) return found
    const breaker = circuitBreaker(this.#options)
    this.#breakers.set(id, breaker, ({ state }) => state !== 'closed')
    return breaker
  }
}
