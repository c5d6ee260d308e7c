import { badOption, shown, whole } from '@linkspan/core'

/** A whole number for a bound that may be left out: then there is none. */
export function bound(name: string, value: number | undefined): number {
  if (value === undefined || value === Infinity) return Infinity
  return whole(name, value, 1, Number.MAX_SAFE_INTEGER)
}

/** A number above 0 and up to `most`. */
export function share(name: string, value: number, most = 1): number {
  if (value > 0 && value <= most) return value
  throw badOption(`${name} takes a number above 0 and up to ${most}, not ${shown(value)}.`)
}
