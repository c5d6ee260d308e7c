import type { Clock, Connection } from '@linkspan/core'
import { addressGroup } from './address-group.js'
import { Claim, type Group, type LimitKind, type Seat } from './connection-claim.js'
import { IdleOrder } from './idle-order.js'

/** How many each group may have; `Infinity`: it is not counted. */
export interface SlotLimits {
  readonly address: number
  readonly subject: number
  readonly tenant: number
  readonly total: number
}

/** Cheapest to explain first: what the client can do something about. */
const KINDS = ['address', 'subject', 'tenant', 'total'] as const

/**
 * The slots of every group, taken and given back. A group exists while there is a claim on it, so nothing grows with
 * the clients that have left.
 */
export class ConnectionSlots {
  readonly #groups: { readonly [Kind in LimitKind]: Map<string, Group> } = {
    address: new Map(),
    subject: new Map(),
    tenant: new Map(),
    total: new Map(),
  }
  readonly #limits: SlotLimits
  readonly #ipv6Prefix: number
  readonly #clock: Clock
  readonly #ranked: boolean
  #held = 0
  #leaving = 0
  #taken = 0

  /** `ranked`: keeps what {@link evict} needs. */
  constructor(limits: SlotLimits, ipv6Prefix: number, clock: Clock, ranked: boolean) {
    this.#limits = limits
    this.#ipv6Prefix = ipv6Prefix
    this.#clock = clock
    this.#ranked = ranked
  }

  /** Slots that are taken. */
  get held(): number {
    return this.#held
  }

  /** Claims that have got their slots, so far. */
  get taken(): number {
    return this.#taken
  }

  /** Connections that had to hand their slot on, and are not gone yet. */
  get leaving(): number {
    return this.#leaving
  }

  /** How many groups of a kind there are. */
  size(kind: LimitKind): number {
    return this.#groups[kind].size
  }

  /** How many slots a group has taken. */
  count(kind: LimitKind, key: string): number {
    return this.#groups[kind].get(key)?.used ?? 0
  }

  addressKey(address: string): string {
    return addressGroup(address, { ipv6Prefix: this.#ipv6Prefix })
  }

  /** A claim that nothing knows of yet. */
  claim(conn: Connection<unknown>): Claim {
    const groups: Group[] = []
    for (const kind of KINDS) {
      const limit = this.#limits[kind]
      const key = limit === Infinity ? undefined : this.#keyOf(kind, conn)
      if (key !== undefined) groups.push(this.#groups[kind].get(key) ?? this.#group(kind, key, limit))
    }
    return new Claim(conn, groups)
  }

  /** Keeps the groups of a claim, until it is released. */
  register({ seats }: Claim): void {
    for (const { group } of seats) {
      if (group.claims === 0) this.#groups[group.kind].set(group.key, group)
      group.claims += 1
    }
  }

  /** Takes a slot in every group; there has to be one. */
  take(claim: Claim): void {
    claim.state = 'held'
    this.#held += 1
    this.#taken += 1
    const now = this.#ranked ? this.#clock.monotonic() : 0
    for (const seat of claim.seats) {
      seat.group.used += 1
      seat.group.order?.add(seat, now)
    }
  }

  /**
   * Hands slots on to a claim, in every group that has none left: of the connection there that was silent for longest,
   * at least `least` milliseconds. Answers those that have to close; `undefined` where there are not enough.
   */
  evict(claim: Claim, least: number): readonly Claim[] | undefined {
    const now = this.#clock.monotonic()
    const losers = new Set<Claim>()
    for (const { group } of claim.seats) {
      const { used, limit, leaving, order } = group
      if (used < limit || [...losers].some(({ seats }) => seats.some((seat) => seat.group === group)))
        continue
      // As many again as may be here may be on their way out: else one client could pile up closing sockets.
      const loser = leaving < limit ? order?.longest(now, least)?.claim : undefined
      if (loser === undefined) return undefined
      losers.add(loser)
    }
    for (const loser of losers) this.#handOn(loser)
    return [...losers]
  }

  /** Gives back whatever a claim has; once, however often it is asked. Answers whether slots became free. */
  release(claim: Claim): boolean {
    const { state, seats } = claim
    if (state === 'over') return false
    if (state === 'held') this.#vacate(claim)
    if (state === 'leaving') this.#leaving -= 1
    claim.state = 'over'
    for (const { group } of seats) {
      if (state === 'leaving') group.leaving -= 1
      group.claims -= 1
      if (group.claims === 0) this.#groups[group.kind].delete(group.key)
    }
    return state === 'held'
  }

  #handOn(loser: Claim): void {
    this.#vacate(loser)
    loser.state = 'leaving'
    this.#leaving += 1
    for (const { group } of loser.seats) group.leaving += 1
  }

  #vacate({ seats }: Claim): void {
    this.#held -= 1
    for (const seat of seats) {
      seat.group.used -= 1
      seat.group.order?.delete(seat)
    }
  }

  #keyOf(kind: LimitKind, { request, identity }: Connection<unknown>): string | undefined {
    switch (kind) {
      case 'address':
        return this.addressKey(request.address)
      case 'subject':
        return identity === null ? undefined : subjectKey(identity.subject, identity.tenant)
      case 'tenant':
        return identity?.tenant
      case 'total':
        return ''
    }
  }

  #group(kind: LimitKind, key: string, limit: number): Group {
    const order = this.#ranked ? new IdleOrder<Seat>() : undefined
    return { kind, key, limit, used: 0, leaving: 0, claims: 0, order }
  }
}

/** The same name in two tenants is two subjects; JSON, so that no name can be mistaken for two. */
export function subjectKey(subject: string, tenant: string | undefined): string {
  return JSON.stringify([tenant ?? null, subject])
}
