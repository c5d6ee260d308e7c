import { type Connection, type Identity, Rejection } from '@linkspan/core'
import type { RateLimit } from '@linkspan/guard'
import type { QuotaName, TenantQuotas } from './quotas.js'
import type { Tally } from './tallies.js'
import type { World } from './world.js'

/** One connection of a tenant. */
export interface Resident {
  readonly conn: Connection<unknown>
  /** The application that it came to. */
  readonly world: World
  readonly household: Household
  /** Who it was when its tenant was settled. */
  readonly identity: Identity | null
  /** The topics it is counted in. */
  readonly topics: Set<string>
}

/** The connections of one tenant on this node, and the topics they are in. There while there is a connection. */
export class Household {
  readonly id: string
  readonly residents: Set<Resident> = new Set()
  quotas: TenantQuotas
  rate: RateLimit | undefined
  readonly tally: Tally
  /** How often a topic is joined. */
  readonly #rooms = new Map<string, number>()
  #subscriptions = 0

  constructor(id: string, quotas: TenantQuotas, tally: Tally) {
    this.id = id
    this.quotas = quotas
    this.rate = undefined
    this.tally = tally
  }

  get rooms(): number {
    return this.#rooms.size
  }

  get subscriptions(): number {
    return this.#subscriptions
  }

  /** Counts a join, or answers which quota is used up. */
  join(resident: Resident, topic: string): QuotaName | undefined {
    const { topics } = resident
    if (topics.has(topic)) return undefined
    const full = resident.conn.topics.has(topic) ? undefined : this.#full(resident, topic)
    if (full !== undefined) return full
    topics.add(topic)
    this.#subscriptions += 1
    this.#rooms.set(topic, (this.#rooms.get(topic) ?? 0) + 1)
    return undefined
  }

  leave(resident: Resident): void {
    for (const topic of resident.topics) this.#forget(resident, topic)
    this.residents.delete(resident)
  }

  /** Nobody tells of a `leave`: so it is looked for, where there would be no room else. */
  recount(): void {
    for (const resident of this.residents) this.#recount(resident)
  }

  #full(resident: Resident, topic: string): QuotaName | undefined {
    const { perConnection = Infinity, subscriptions = Infinity, rooms = Infinity } = this.quotas
    if (resident.topics.size >= perConnection) {
      this.#recount(resident)
      if (resident.topics.size >= perConnection) return 'perConnection'
    }
    const full = (): QuotaName | undefined => {
      if (this.#subscriptions >= subscriptions) return 'subscriptions'
      return this.#rooms.size >= rooms && !this.#rooms.has(topic) ? 'rooms' : undefined
    }
    if (full() === undefined) return undefined
    this.recount()
    return full()
  }

  #recount(resident: Resident): void {
    const { conn, topics } = resident
    // What is joined before it is active shows nowhere yet.
    if (conn.state === 'connecting' || conn.state === 'authenticated') return
    for (const topic of topics) if (!conn.topics.has(topic)) this.#forget(resident, topic)
  }

  #forget(resident: Resident, topic: string): void {
    resident.topics.delete(topic)
    this.#subscriptions -= 1
    const left = (this.#rooms.get(topic) ?? 1) - 1
    if (left === 0) this.#rooms.delete(topic)
    else this.#rooms.set(topic, left)
  }
}

const REASONS: { readonly [Name in QuotaName]: string } = {
  connections: 'too many connections of this tenant',
  handshakes: 'too many connections of this tenant in a short time',
  messages: 'too many messages of this tenant',
  bytes: 'too many bytes of this tenant',
  rooms: 'too many rooms of this tenant',
  subscriptions: 'too many subscriptions of this tenant',
  perConnection: 'too many subscriptions',
}

/** What a handshake, or a `join`, gets that is over a quota. */
export function overQuota(quota: QuotaName, retryAfter?: number): Rejection {
  return new Rejection({
    status: 429,
    reason: REASONS[quota],
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
