import type { ConnectionLimitStats } from '@linkspan/guard'

/** What the server tells when it is asked. */
export interface ServerReport {
  readonly verified: number
  /** Milliseconds of processor time, from its beginning. */
  readonly cpu: number
  readonly closed: number
  readonly connections: number
  readonly limiter: ConnectionLimitStats
  readonly flooder: number
}

/** What the flooder is told: to flood, in all, until it has made so many handshakes, or to pause. */
export type FloodOrder = { readonly port: number; readonly until: number } | 'pause'

/** What the flooder tells when it pauses or is done, of all that it has made: how often it was answered with which status. */
export interface FloodReport {
  readonly made: number
  readonly statuses: Readonly<Record<string, number>>
  /** Refusals that told when to come back. */
  readonly retryAfter: number
}
