import type { Connection } from '@linkspan/core'
import type { IdleOrder, Idling } from './idle-order.js'

/** What connections are counted by. */
export type LimitKind = 'address' | 'subject' | 'tenant' | 'total'

/** Connections that share a limit. */
export interface Group {
  readonly kind: LimitKind
  readonly key: string
  readonly limit: number
  /** Slots that are taken. */
  used: number
  /** Those who had to hand their slot on, and are not gone yet. */
  leaving: number
  /** Claims on it, in whatever state: it is forgotten with the last. */
  claims: number
  readonly order: IdleOrder<Seat> | undefined
}

/** One claim's part in one group. */
export class Seat implements Idling {
  heardAt = 0
  index = 0
  readonly group: Group
  readonly claim: Claim

  constructor(group: Group, claim: Claim) {
    this.group = group
    this.claim = claim
  }

  get idle(): number {
    return this.claim.conn.idle
  }
}

/** One connection's claim on a slot in each of its groups: in all of them, or in none. */
export class Claim {
  state: 'waiting' | 'held' | 'leaving' | 'over' = 'waiting'
  readonly conn: Connection<unknown>
  readonly seats: readonly Seat[]

  constructor(conn: Connection<unknown>, groups: readonly Group[]) {
    this.conn = conn
    this.seats = groups.map((group) => new Seat(group, this))
  }

  /** The first of its groups that has no slot left. */
  get full(): LimitKind | undefined {
    return this.seats.find(({ group }) => group.used >= group.limit)?.group.kind
  }
}
