import { backoff, spread } from '../backoff.js'

/** Milliseconds before the first new attempt, and at most. */
const BOUNDS = { first: 100, longest: 5_000 }

/** Delays between attempts: longer each time, and no two of them alike. */
export class Backoff {
  readonly #seed: number
  #attempts = 0

  /** `seed`: what makes nodes differ, 0 to 1. */
  constructor(seed: number) {
    this.#seed = seed
  }

  /** Milliseconds until the next attempt: from half of the longest for it, to the whole. */
  next(): number {
    const failures = this.#attempts
    this.#attempts += 1
    return backoff(BOUNDS, failures, spread(this.#attempts, this.#seed))
  }
}
