import type { Clock, Connection, Log } from '@linkspan/core'
import type { OverLimit } from '@linkspan/guard'
import { Household, overQuota, type Resident } from './household.js'
import type { QuotaName, TenantLimit, TenantQuotas } from './quotas.js'
import { Rates, type RateTerms } from './rates.js'
import { Tallies, type TenantTotals } from './tallies.js'
import type { World } from './world.js'

/** What a client over the number of connections is told to wait, in seconds. */
const RETRY_AFTER = 5

/** What a register needs to know. */
export interface RegisterTerms extends Pick<RateTerms, 'over' | 'store' | 'logger'> {
  readonly clock: Clock
  readonly log: Log
  readonly maxTenants: number
  /** Whether joins are counted. */
  readonly countsJoins: boolean
  readonly onLimit: ((conn: Connection<unknown>, limit: TenantLimit) => void) | undefined
}

/** Who lives here: the connections of every tenant on this node, what they have used up, and what there has been. */
export class Register {
  readonly tallies: Tallies
  readonly rates: Rates
  readonly #households = new Map<string, Household>()
  readonly #residents = new WeakMap<Connection<unknown>, Resident>()
  readonly #terms: RegisterTerms

  constructor(terms: RegisterTerms) {
    this.#terms = terms
    this.tallies = new Tallies(terms.maxTenants)
    this.rates = new Rates({
      ...terms,
      // Plans are few, and each remembers the tenants that have it.
      most: terms.maxTenants,
      idOf: (conn) => this.of(conn)?.household.id,
      told: (conn, quota, action, bytes) => this.#over(conn, quota, action, bytes),
    })
  }

  get households(): ReadonlyMap<string, Household> {
    return this.#households
  }

  of(conn: Connection<unknown>): Resident | undefined {
    return this.#residents.get(conn)
  }

  totals(id: string): TenantTotals | undefined {
    return this.tallies.find(id)
  }

  /**
   * Takes a connection in, until it is over.
   *
   * @throws Rejection 429 where the tenant has used up its connections.
   */
  enter(conn: Connection<unknown>, world: World, id: string, quotas: TenantQuotas): Household {
    const household = this.#households.get(id) ?? new Household(id, quotas, this.tallies.of(id))
    household.quotas = quotas
    household.rate = this.rates.of(quotas)
    const { connections = Infinity } = quotas
    const resident: Resident = { conn, world, household, identity: conn.identity, topics: new Set() }
    this.#residents.set(conn, resident)
    if (household.residents.size >= connections) {
      if (household.residents.size === 0) this.tallies.left(id)
      this.#over(conn, 'connections', 'refuse', 0)
      throw overQuota('connections', RETRY_AFTER)
    }
    this.#households.set(id, household)
    household.residents.add(resident)
    conn.defer(() => this.#leave(resident), 'tenant')
    return household
  }

  /**
   * Counts a join.
   *
   * @throws Rejection 429 where the tenant, or the connection, has used up what there is.
   */
  join(conn: Connection<unknown>, topic: string): void {
    const resident = this.of(conn)
    const full = resident?.household.join(resident, topic)
    if (full === undefined) return
    this.#over(conn, full, 'refuse', 0)
    throw overQuota(full)
  }

  #leave(resident: Resident): void {
    const { household } = resident
    household.leave(resident)
    if (household.residents.size > 0) return
    this.#households.delete(household.id)
    this.tallies.left(household.id)
  }

  #over(conn: Connection<unknown>, quota: QuotaName, action: 'refuse' | OverLimit, bytes: number): void {
    const household = this.of(conn)?.household
    if (household === undefined) return
    household.tally[action === 'refuse' ? 'refused' : 'limited'] += 1
    const { onLimit, log } = this.#terms
    try {
      onLimit?.(conn, { tenant: household.id, quota, action, bytes })
    } catch (thrown) {
      log.threw('onLimit', thrown, conn)
    }
  }
}
