import type { Clock } from '@linkspan/core'
import { CircuitState, type IBreaker } from 'cockatiel'

/** Parts of the window: what is counted leaves it a tenth at a time. */
const PARTS = 10

interface Part {
  /** Which part of all time it is. */
  at: number
  succeeded: number
  failed: number
}

/**
 * Opens a circuit when too many of the latest calls failed.
 *
 * Cockatiel's own SamplingBreaker reads `Date.now()`, and moves on by one part a call: failures of an hour ago still
 * count after a quiet hour. This one follows the injected clock, and what is older than the window is forgotten.
 */
export class FailureWindow implements IBreaker {
  /** What cockatiel would save and restore; nothing is. */
  state: unknown
  readonly #clock: Clock
  readonly #part: number
  readonly #errorRate: number
  readonly #minimum: number
  readonly #parts: Part[] = Array.from({ length: PARTS }, () => ({ at: -1, succeeded: 0, failed: 0 }))

  /** `window` in milliseconds. */
  constructor(clock: Clock, window: number, errorRate: number, minimum: number) {
    this.#clock = clock
    this.#part = window / PARTS
    this.#errorRate = errorRate
    this.#minimum = minimum
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.#reset()
    else this.#current().succeeded += 1
  }

  /** Answers whether the circuit is to open. */
  failure(state: CircuitState): boolean {
    this.#current().failed += 1
    if (state !== CircuitState.Closed) return true
    const { succeeded, failed } = this.counts()
    const total = succeeded + failed
    return total >= this.#minimum && failed >= total * this.#errorRate
  }

  counts(): { succeeded: number; failed: number } {
    const oldest = this.#now() - PARTS
    const counts = { succeeded: 0, failed: 0 }
    for (const { at, succeeded, failed } of this.#parts) {
      if (at <= oldest) continue
      counts.succeeded += succeeded
      counts.failed += failed
    }
    return counts
  }

  #current(): Part {
    const now = this.#now()
    const part = this.#parts[now % PARTS] as Part
    if (part.at !== now) Object.assign(part, { at: now, succeeded: 0, failed: 0 })
    return part
  }

  #now(): number {
    return Math.floor(this.#clock.monotonic() / this.#part)
  }

  #reset(): void {
    for (const part of this.#parts) Object.assign(part, { succeeded: 0, failed: 0 })
  }
}
