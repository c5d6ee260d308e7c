/**
 * A value that follows a pressure upwards at once, and downwards only when it has fallen to a share of where it was: so
 * that what is decided by it does not flap when the pressure trembles.
 */
export class Backlash {
  readonly #recovery: number
  #level = 0

  /** `recovery`: the share, above 0 and at most 1. */
  constructor(recovery: number) {
    this.#recovery = recovery
  }

  get level(): number {
    return this.#level
  }

  follow(pressure: number): number {
    this.#level = Math.min(Math.max(this.#level, pressure), pressure / this.#recovery)
    return this.#level
  }
}
