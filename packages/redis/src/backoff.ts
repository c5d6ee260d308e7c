/** Milliseconds before another connection is tried at the earliest, at most, and how long one has to stand to count. */
const FIRST = 50
const LONGEST = 2_000
export const STOOD = 5_000

/**
 * Milliseconds before the next attempt: twice as long each time, from 50 to 2,000, of which the latter half is chance, so
 * that the nodes of an application do not come back at one moment.
 */
export function backoff(attempt: number, chance: number = Math.random()): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16)) * (0.5 + chance / 2)
}
