import { badOption, whole } from '@linkspan/core'
import type { OverLimit, RateLimitQuota } from '@linkspan/guard'

/**
 * What one tenant may have. Each node counts for itself; rates are shared by all where there is a `store`. What is left
 * out has no limit.
 *
 * @example
 * const quotas: TenantQuotas = { connections: 500, messages: { points: 1_000, per: 1_000 }, rooms: 100 }
 */
export interface TenantQuotas {
  /** Connections at once; then 429. */
  readonly connections?: number
  /** Handshakes in a time; then 429. */
  readonly handshakes?: RateLimitQuota
  /** Messages of all its connections in a time; then `over`. */
  readonly messages?: RateLimitQuota
  /** Their bytes in a time; then `over`. */
  readonly bytes?: RateLimitQuota
  /** Topics with a connection of it in them; then `join` throws a Rejection, which uncaught closes with 4101. */
  readonly rooms?: number
  /** Topics joined by all its connections, each counted for itself; then the same. */
  readonly subscriptions?: number
  /** Topics joined by one connection; then the same. */
  readonly perConnection?: number
}

/** What a tenant can have used up. */
export type QuotaName = keyof TenantQuotas

/**
 * A tenant has used up a quota.
 *
 * @example
 * tenancy({ resolve, quotas, onLimit: (conn, { tenant, quota }) => metrics.count(tenant, quota) })
 */
export interface TenantLimit {
  readonly tenant: string
  readonly quota: QuotaName
  /** `'refuse'`: a handshake or a `join`. */
  readonly action: 'refuse' | OverLimit
  /** Size of the message; 0 where there is none. */
  readonly bytes: number
}

const COUNTS = ['connections', 'rooms', 'subscriptions', 'perConnection'] as const
const RATES = ['handshakes', 'messages', 'bytes'] as const

/**
 * Answers quotas that make sense.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function checkQuotas(quotas: TenantQuotas): TenantQuotas {
  if (typeof quotas !== 'object' || quotas === null)
    throw badOption('quotas takes an object, or answers one.')
  for (const name of COUNTS) {
    const value = quotas[name]
    if (value !== undefined && value !== Infinity) whole(`quotas.${name}`, value, 0, Number.MAX_SAFE_INTEGER)
  }
  return quotas
}

/** Whether a quota of joins is there. */
export function countsJoins({ rooms, subscriptions, perConnection }: TenantQuotas): boolean {
  return rooms !== undefined || subscriptions !== undefined || perConnection !== undefined
}

/** The rates of quotas alone: `undefined` where there are none. Equal ones have equal keys. */
export function ratesOf(quotas: TenantQuotas): { readonly key: string; readonly rates: Rates } | undefined {
  const given = RATES.filter((name) => quotas[name] !== undefined)
  if (given.length === 0) return undefined
  const rates: { -readonly [Name in (typeof RATES)[number]]?: RateLimitQuota } = {}
  for (const name of given) {
    const { points, per } = quotas[name] as RateLimitQuota
    rates[name] = { points, per }
  }
  return { key: JSON.stringify(rates), rates }
}

/** See {@link TenantQuotas}. */
export type Rates = Pick<TenantQuotas, (typeof RATES)[number]>
