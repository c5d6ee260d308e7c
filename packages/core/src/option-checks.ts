import { LinkspanError } from './errors.js'
import { shown } from './shown.js'

// What every package says of a wrong option, in the same words.

/** The longest delay that timers take, in milliseconds: some 24 days. */
export const MAX_DELAY: number = 2 ** 31 - 1

/**
 * Answers a number that is whole and within its range.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * const interval = whole('interval', options.interval ?? 1_000, 10, MAX_DELAY)
 */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw badOption(`${name} takes a whole number from ${least} to ${most}, not ${shown(value)}.`)
}

/**
 * Answers a value that is one of those there are.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * const mode = oneOf('mode', options.mode ?? 'reject', ['reject', 'wait'])
 */
export function oneOf<Value extends string>(name: string, value: Value, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  throw badOption(`${name} takes one of '${values.join("', '")}', not ${shown(value)}.`)
}

/**
 * The error for an option that makes no sense. The message says which, what it takes and what it got, as `shown` has
 * it: no secret.
 *
 * @example
 * throw badOption('give one of secret, key and jwks.')
 */
export function badOption(message: string, cause?: unknown): LinkspanError {
  return new LinkspanError('LINKSPAN_OPTION', message, cause === undefined ? {} : { cause })
}
