import type { Clock } from '@linkspan/core'

/** So many failures in a row, and nobody waits for the store any more. */
const FAILURES = 5
/** How long handshakes are then refused at once, in milliseconds; after that one of them asks the store again. */
export const PAUSE = 1_000

/** Keeps handshakes from waiting for a store that is down: a circuit breaker. */
export class Outage {
  readonly #clock: Clock
  #failures = 0
  #asksAgainAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a handshake may ask the store. While it is down, one a pause may. */
  admits(): boolean {
    if (this.#failures < FAILURES) return true
    const now = this.#clock.monotonic()
    if (now < this.#asksAgainAt) return false
    this.#asksAgainAt = now + PAUSE
    return true
  }

  failed(): void {
    this.#failures += 1
    this.#asksAgainAt = this.#clock.monotonic() + PAUSE
  }

  answered(): void {
    this.#failures = 0
  }
}
