import type { Clock, Connection, Logger } from '@linkspan/core'
import { type OverLimit, type RateLimit, type RateLimitStore, rateLimit } from '@linkspan/guard'
import { Bounded } from './bounded.js'
import { type QuotaName, ratesOf, type TenantQuotas } from './quotas.js'

/** What rate limits share. */
export interface RateTerms {
  readonly over: OverLimit
  readonly store: RateLimitStore | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Quotas that are not of each other's size, and keys within one. */
  readonly most: number
  readonly idOf: (conn: Connection<unknown>) => string | undefined
  readonly told: (
    conn: Connection<unknown>,
    quota: QuotaName,
    action: 'refuse' | OverLimit,
    bytes: number,
  ) => void
}

/**
 * The limits of @linkspan/guard, one for each plan: tenants with equal quotas have the same one, each with a bucket of its
 * own in it. A bucket stays until it is full again, so that nobody gets a new one by coming back.
 */
export class Rates {
  readonly #terms: RateTerms
  readonly #plans: Bounded<RateLimit>

  constructor(terms: RateTerms) {
    this.#terms = terms
    this.#plans = new Bounded(terms.most)
  }

  /** The limit for a tenant with these quotas, where it has any rate. */
  of(quotas: TenantQuotas): RateLimit | undefined {
    const plan = ratesOf(quotas)
    if (plan === undefined) return undefined
    const made = this.#plans.get(plan.key)
    if (made !== undefined) return made
    const limit = this.#make(plan.rates)
    this.#plans.set(plan.key, limit)
    return limit
  }

  #make({ handshakes, messages, bytes }: Pick<TenantQuotas, 'handshakes' | 'messages' | 'bytes'>): RateLimit {
    const { over, store, clock, logger, idOf: by, told } = this.#terms
    return rateLimit({
      name: 'tenancy',
      ...(handshakes && { handshakes: { ...handshakes, by } }),
      ...(messages && { messages: { ...messages, by } }),
      ...(bytes && { bytes: { ...bytes, by } }),
      ...(store && { store }),
      over,
      clock,
      logger,
      onLimit: (conn, { limit, action, bytes: size }) => told(conn, limit, action, size),
    })
  }
}
