/** The value below which a share of all values lies: 0.5 is the median. NaN where there are none. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN
}
