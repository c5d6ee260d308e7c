import type { Register } from './register.js'
import type { TenantTotals } from './tallies.js'

/**
 * Counters of one tenant, or of all that are not listed.
 *
 * @example
 * for (const { tenant, connections, totals } of tenants.stats().tenants) gauge(tenant, connections, totals.messages)
 */
export interface TenantCounters {
  readonly connections: number
  readonly totals: TenantTotals
}

/**
 * All tenants in whole numbers; `maxTenants` of them are listed at most, so that labels made of them are bounded.
 *
 * @example
 * const { tenants: listed, others }: TenancyStats = tenants.stats()
 */
export interface TenancyStats {
  readonly tenants: readonly (TenantCounters & { readonly tenant: string })[]
  /** Of all tenants that are not listed. */
  readonly others: TenantCounters
  /** Circuit breakers that are kept. */
  readonly breakers: number
}

export function tenancyStats({ tallies, households }: Register, breakers: number): TenancyStats {
  const tenants = [...tallies].map(([tenant, totals]) => ({
    tenant,
    connections: households.get(tenant)?.residents.size ?? 0,
    totals: { ...totals },
  }))
  let connections = 0
  for (const { residents } of households.values()) connections += residents.size
  for (const listed of tenants) connections -= listed.connections
  return { tenants, others: { connections, totals: { ...tallies.others } }, breakers }
}
