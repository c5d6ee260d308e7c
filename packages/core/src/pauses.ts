import type { Clock } from './ports/clock.js'

/**
 * Pauses, such as those before new attempts, all of which can be cut short.
 *
 * @example
 * const pauses = new Pauses(systemClock)
 * await pauses.wait(backoff({ first: 100, longest: 5_000 }, failures, Math.random()))
 */
export class Pauses {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `time` milliseconds, or when it is woken. */
  async wait(time: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#waiting.delete(end)
        this.#clock.clearTimeout(timer)
        resolve()
      }
      const timer = this.#clock.setTimeout(end, time)
      this.#waiting.add(end)
    })
  }

  /** Ends all that are waited for now. */
  wake(): void {
    for (const end of [...this.#waiting]) end()
  }
}
