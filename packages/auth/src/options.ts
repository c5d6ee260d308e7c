import { LinkspanError } from '@linkspan/core'

/** The longest delay that timers take. */
export const MAX_DELAY: number = 2 ** 31 - 1

/**
 * Answers a number that is whole and within its range.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw badOption(`${name} takes a whole number from ${least} to ${most}, not ${String(value)}.`)
}

/** An option that makes no sense. The message must not repeat a secret. */
export function badOption(message: string, cause?: unknown): LinkspanError {
  return new LinkspanError('LINKSPAN_OPTION', message, cause === undefined ? {} : { cause })
}
