import { type Clock, type ErrorCode, type LinkspanError, MAX_DELAY, systemClock, whole } from '@linkspan/core'

/**
 * One alert: an error, and how many of the same code there were since the last one.
 *
 * @example
 * const text = ({ error, unsaid }: Alert): string => `${error.code}: ${error.message} (and ${unsaid} more)`
 */
export interface Alert {
  readonly error: LinkspanError
  /** Errors of this code since the last alert of it, this one not counted. */
  readonly unsaid: number
}

/**
 * How often to alert.
 *
 * @example
 * const options: AlertOptions = { every: 300_000 }
 */
export interface AlertOptions {
  /** Milliseconds in which one code is told of once. Default: 60,000. */
  readonly every?: number
  readonly clock?: Clock
}

/**
 * Turns errors into alerts: the first of a code at once, then one in a while, with how many there were. For the `alert`
 * option of an application.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * linkspan({ alert: alerts(({ error, unsaid }) => page(`${error.code}, and ${unsaid} more`)) })
 */
export function alerts(
  notify: (alert: Alert) => void,
  { every = 60_000, clock = systemClock }: AlertOptions = {},
): (error: LinkspanError) => void {
  whole('every', every, 1, MAX_DELAY)
  // As many entries as there are codes.
  const told = new Map<ErrorCode, { readonly at: number; unsaid: number }>()
  return (error) => {
    const last = told.get(error.code)
    const now = clock.monotonic()
    if (last !== undefined && now - last.at < every) {
      last.unsaid += 1
      return
    }
    told.set(error.code, { at: now, unsaid: 0 })
    notify({ error, unsaid: last?.unsaid ?? 0 })
  }
}
