/** The golden ratio's fraction: multiples of it are spread evenly, and look like chance. */
const GOLDEN = 0.618033988749895

/**
 * Milliseconds before the next attempt, after so many `failures` in a row (from 0): twice as long each time, from `first`
 * to `longest`, of which the second half is left to `chance` (0 to 1), so that not all who failed come back at one moment.
 *
 * @example
 * setTimeout(connect, backoff({ first: 100, longest: 5_000 }, failures, Math.random()))
 */
export function backoff(
  { first, longest }: { readonly first: number; readonly longest: number },
  failures: number,
  chance: number,
): number {
  return Math.min(longest, first * 2 ** failures) * (0.5 + chance / 2)
}

/**
 * A number from 0, below 1, for each `index` (from 0): spread evenly however many there are, like chance that can be
 * replayed. `from` (0 to 1) is that of the first.
 *
 * @example
 * items.map((item, index) => ({ item, at: spread(index) * window }))
 */
export function spread(index: number, from = 0): number {
  return (from + index * GOLDEN) % 1
}
