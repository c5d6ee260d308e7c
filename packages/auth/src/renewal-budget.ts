import type { Clock } from '@linkspan/core'

/** How often one connection may try. */
export interface BudgetLimits {
  readonly attempts: number
  readonly per: number
  readonly failures: number
}

/** What one connection has tried: made with its first renewal. */
export class RenewalBudget {
  #begun: number
  #attempts = 0
  #failures = 0
  readonly #limits: BudgetLimits
  readonly #clock: Clock

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#begun = clock.monotonic()
  }

  /** Counts an attempt; answers whether it may be made. */
  attempt(): boolean {
    const now = this.#clock.monotonic()
    if (now - this.#begun >= this.#limits.per) {
      this.#begun = now
      this.#attempts = 0
    }
    this.#attempts += 1
    return this.#attempts <= this.#limits.attempts
  }

  /** Counts a bad token; answers whether there may be another. */
  failed(): boolean {
    this.#failures += 1
    return this.#failures < this.#limits.failures
  }

  succeeded(): void {
    this.#failures = 0
  }
}
