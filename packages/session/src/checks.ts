import { LinkspanError } from '@linkspan/core'

/** The longest delay that timers take, in milliseconds. */
export const MAX_DELAY: number = 2 ** 31 - 1

/** @throws LinkspanError `LINKSPAN_OPTION` where it is no whole number of the range. */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw badOption(`${name} takes a whole number from ${least} to ${most}, not ${String(value)}.`)
}

/** @throws LinkspanError `LINKSPAN_OPTION` where it is none of the values. */
export function oneOf<Value extends string>(name: string, value: Value, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  throw badOption(`${name} takes one of '${values.join("', '")}', not '${String(value)}'.`)
}

export function badOption(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_OPTION', message)
}
