import type { Clock } from '@linkspan/core'

/** When a connection is asked, and for how long an answer is waited for; in milliseconds. */
export interface ProbeTimes {
  readonly every: number
  readonly timeout: number
  readonly clock: Clock
}

/**
 * Finds out that a connection carries nothing any more though it is open: it is asked every so often, and is silent when
 * nothing at all comes before the deadline. One question at a time, one timer.
 */
export class Probe {
  readonly #ask: () => Promise<unknown>
  readonly #silent: () => void
  readonly #times: ProbeTimes
  #timer: unknown
  #waiting = false
  #asked = false
  #stopped = false

  /** `silent` is told at every deadline that passes. */
  constructor(ask: () => Promise<unknown>, times: ProbeTimes, silent: () => void) {
    this.#ask = ask
    this.#times = times
    this.#silent = silent
    this.#next(times.every)
  }

  /** Something came: that is as good as an answer. */
  heard(): void {
    if (!this.#waiting || this.#stopped) return
    this.#waiting = false
    this.#times.clock.clearTimeout(this.#timer)
    this.#next(this.#times.every)
  }

  stop(): void {
    this.#stopped = true
    this.#times.clock.clearTimeout(this.#timer)
  }

  #turn(): void {
    if (this.#waiting) this.#silent()
    if (this.#stopped) return
    this.#waiting = true
    this.#next(this.#times.timeout)
    if (this.#asked) return
    this.#asked = true
    const answered = (): void => {
      this.#asked = false
      this.heard()
    }
    // A refusal is an answer too; that a connection ended is told otherwise.
    this.#ask().then(answered, answered)
  }

  #next(delay: number): void {
    this.#timer = this.#times.clock.setTimeout(() => this.#turn(), delay)
  }
}
