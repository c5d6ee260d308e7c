/** The middle of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Half of the range of some numbers, as a share of their median. */
export function spread(numbers: readonly number[]): number {
  if (numbers.length < 2) return 0
  return (Math.max(...numbers) - Math.min(...numbers)) / 2 / median(numbers)
}
