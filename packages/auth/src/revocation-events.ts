import type { Log } from '@linkspan/core'
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

/** Tells of events, to whoever listens and to the log; throws never. */
export function teller(
  onEvent: ((event: RevocationEvent) => void) | undefined,
  log: Log,
): (event: RevocationEvent) => void {
  return (event) => {
    write(event, log)
    try {
      onEvent?.(event)
    } catch (thrown) {
      log.threw('onEvent', thrown)
    }
  }
}

/** No line says whose credentials they were. */
function write(event: RevocationEvent, log: Log): void {
  switch (event.type) {
    case 'revoked':
      return log.info('credentials.revoked', 'credentials were revoked', {
        closed: event.closed,
        latency: event.latency,
      })
    case 'forgotten':
      return log.warn('revocation.forgotten', 'a revocation was forgotten early: raise capacity', {
        until: event.revocation.until,
      })
    case 'bus':
      return event.sure
        ? log.info('revocation.sure', 'every revocation is known here')
        : log.warn('revocation.unsure', 'the revocation bus is down')
    case 'overdue':
      return log.error('revocation.overdue', 'the revocation bus is down for longer than the deadline', {
        closed: event.closed,
      })
    case 'missed':
      return log.warn('revocation.missed', 'the revocation bus is back, without what was missed', {
        closed: event.closed,
      })
    case 'failed':
      return log.warn('revocation.failed', 'the revocation bus failed', {
        err: event.error,
        lost: event.lost,
      })
  }
}
