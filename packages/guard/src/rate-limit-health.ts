import { type Clock, type Log, wordless } from '@linkspan/core'

/** Milliseconds for which a store that failed is left alone; then one request tries it again. */
const AWAY = 1_000

/** Whether a store answers: known to all limits that share it, so that they do not all wait for it. */
export class StoreHealth {
  readonly #clock: Clock
  readonly #log: Log
  #away = false
  #retryAt = 0
  #failures = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
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
    this.#log.info('rate-store.up', 'the store of the rate limits answers again')
  }

  lost(error: Error): void {
    this.#failures += 1
    this.#retryAt = this.#clock.monotonic() + AWAY
    if (this.#away) return
    this.#away = true
    this.#log.error(
      'rate-store.down',
      'the store of the rate limits does not answer: each node limits by itself',
      { err: wordless(error) },
    )
  }
}
