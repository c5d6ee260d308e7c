/** Milliseconds before the first new attempt, and at most. */
const FIRST = 100
const LONGEST = 5_000
/** The golden ratio's fraction: multiples of it are spread evenly, and look like chance. */
const GOLDEN = 0.618033988749895

/** Delays between attempts: longer each time, and no two of them alike. */
export class Backoff {
  #attempts = 0
  #spread: number

  /** `seed`: what makes nodes differ, 0 to 1. */
  constructor(seed: number) {
    this.#spread = seed
  }

  /** Milliseconds until the next attempt: from half of the longest for it, to the whole. */
  next(): number {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#attempts)
    this.#attempts += 1
    this.#spread = (this.#spread + GOLDEN) % 1
    return longest * (0.5 + this.#spread / 2)
  }
}
