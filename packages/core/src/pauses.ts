import type { Clock } from '../ports/clock.js'

/** Pauses before new attempts, all of which can be cut short. */
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

  wake(): void {
    for (const end of [...this.#waiting]) end()
  }
}
