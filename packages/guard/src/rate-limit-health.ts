import type { Clock, Logger } from '@linkspan/core'

/** Milliseconds for which a store that failed is left alone; then one request tries it again. */
const AWAY = 1_000

/** Whether a store answers: known to all limits that share it, so that they do not all wait for it. */
export class StoreHealth {
  readonly #clock: Clock
  readonly #logger: Logger
  #away = false
  #retryAt = 0
  #failures = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** Questions that were not answered, or not in time. */
  get failures(): number {
    return this.#failures
  }

  /** Whether there is a point in asking it. While it is away, one may ask a second. */
  mayAsk(): boolean {
    if (!this.#away) return true
    const now = this.#clock.monotonic()
    if (now < this.#retryAt) return false
    this.#retryAt = now + AWAY
    return true
  }

  answered(): void {
    if (!this.#away) return
    this.#away = false
    this.#logger.info({}, 'the store of the rate limits answers again.')
  }

  lost({ name }: Error): void {
    this.#failures += 1
    this.#retryAt = this.#clock.monotonic() + AWAY
    if (this.#away) return
    this.#away = true
    // The name alone: a message may tell hosts or keys.
    this.#logger.error(
      { error: name },
      'the store of the rate limits does not answer: each node limits by itself.',
    )
  }
}
