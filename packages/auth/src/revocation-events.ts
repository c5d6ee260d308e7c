import { type Logger, toError } from '@linkspan/core'
import type { Revocation } from './revocation-notice.js'

/**
 * What happens to revocations on one node.
 *
 * - `revoked`: `closed` connections were closed for it, the last one `latency` milliseconds after it was made. Of one that
 *   another node made, only where it closed any; `latency` then compares the clocks of two nodes.
 * - `forgotten`: the list was full, and a revocation went before its time.
 * - `bus`: whether this node knows of every revocation (`sure`), or has begun not to.
 * - `overdue`: it has not known for longer than the deadline; `closed` connections were closed with 1013.
 * - `missed`: the bus is back, without what was missed; `closed` connections were closed with 4200.
 * - `failed`: the bus failed at something, which is tried again unless `lost`.
 *
 * @example
 * revocation({ bus, onEvent: (event) => { if (event.type === 'revoked') latency.observe(event.latency) } })
 */
export type RevocationEvent =
  | {
      readonly type: 'revoked'
      readonly revocation: Revocation
      readonly closed: number
      readonly latency: number
    }
  | { readonly type: 'forgotten'; readonly revocation: Revocation }
  | { readonly type: 'bus'; readonly sure: boolean }
  | { readonly type: 'overdue' | 'missed'; readonly closed: number }
  | { readonly type: 'failed'; readonly error: Error; readonly lost: boolean }

/** Tells of events, to whoever listens and to the logger; throws never. */
export function teller(
  onEvent: ((event: RevocationEvent) => void) | undefined,
  logger: Logger,
): (event: RevocationEvent) => void {
  return (event) => {
    log(event, logger)
    try {
      onEvent?.(event)
    } catch (thrown) {
      logger.error({ err: toError(thrown) }, 'onEvent of revocation() threw')
    }
  }
}

/** No line says whose credentials they were. */
function log(event: RevocationEvent, logger: Logger): void {
  switch (event.type) {
    case 'revoked':
      return logger.info({ closed: event.closed, latency: event.latency }, 'credentials were revoked')
    case 'forgotten':
      return logger.warn(
        { until: event.revocation.until },
        'a revocation was forgotten early: raise capacity',
      )
    case 'bus':
      return event.sure
        ? logger.info({}, 'every revocation is known here')
        : logger.warn({}, 'the revocation bus is down')
    case 'overdue':
      return logger.error({ closed: event.closed }, 'the revocation bus is down for longer than the deadline')
    case 'missed':
      return logger.warn({ closed: event.closed }, 'the revocation bus is back, without what was missed')
    case 'failed':
      return logger.warn({ err: event.error, lost: event.lost }, 'the revocation bus failed')
  }
}
