import type { Clock } from '@linkspan/core'

/** A wait that can be cut short, for good. */
export class Pause {
  readonly #clock: Clock
  #timer: unknown
  #over = false
  #resume: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async wait(delay: number): Promise<void> {
    if (this.#over) return
    await new Promise<void>((resolve) => {
      this.#resume = resolve
      this.#timer = this.#clock.setTimeout(resolve, delay)
    })
    this.#resume = undefined
  }

  end(): void {
    this.#over = true
    this.#clock.clearTimeout(this.#timer)
    this.#resume?.()
  }
}
