import type { ConnectionLimitStats } from '@linkspan/guard'

/** What the server tells when it is asked. */
export interface ServerReport {
  readonly verified: number
  readonly closed: number
  readonly connections: number
  readonly limiter: ConnectionLimitStats
  readonly flooder: number
}

/** What the flooder tells when it is done: how often it was answered with which status. */
export interface FloodReport {
  readonly statuses: Readonly<Record<string, number>>
  /** Refusals that told when to come back. */
  readonly retryAfter: number
  /** Milliseconds. */
  readonly duration: number
}
