/** Milliseconds before the second attempt, and at most. */
const FIRST = 100
const LONGEST = 5_000

/** Delays between attempts: twice as long each time, of which the second half is left to chance. */
export class Backoff {
  #longest = FIRST

  next(): number {
    const longest = this.#longest
    this.#longest = Math.min(LONGEST, longest * 2)
    return longest * (0.5 + Math.random() / 2)
  }

  reset(): void {
    this.#longest = FIRST
  }
}
