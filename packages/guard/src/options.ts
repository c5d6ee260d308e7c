import { LinkspanError } from '@linkspan/core'

/** The longest delay that timers take, in milliseconds. */
export const MAX_DELAY: number = 2 ** 31 - 1

/**
 * Answers a number that is whole and within its range.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw badOption(`${name} takes a whole number from ${least} to ${most}, not ${String(value)}.`)
}

/** The same for a bound that may be left out: then there is none. */
export function bound(name: string, value: number | undefined): number {
  if (value === undefined || value === Infinity) return Infinity
  return whole(name, value, 1, Number.MAX_SAFE_INTEGER)
}

export function badOption(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_OPTION', message)
}

export function oneOf(name: string, value: string, values: readonly string[]): void {
  if (!values.includes(value))
    throw badOption(`${name} takes one of '${values.join("', '")}', not '${value}'.`)
}

/** A number above 0 and up to `most`. */
export function share(name: string, value: number, most = 1): number {
  if (value > 0 && value <= most) return value
  throw badOption(`${name} takes a number above 0 and up to ${most}, not ${String(value)}.`)
}
