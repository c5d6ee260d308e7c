import type { TenantQuotas } from '@linkspan/tenancy'

/** Topics that a tenant may have. Subscriptions are a multiple, so that it takes several connections to use them up. */
const ROOMS = 10

/** What each tenant may have: one never needs it all, the other wants more than that. */
export const plans = {
  calm: {
    connections: 1_000,
    messages: { points: 1_000_000, per: 1_000 },
    bytes: { points: 100_000_000, per: 1_000 },
    rooms: 100,
    subscriptions: 1_000,
    perConnection: 100,
  },
  greedy: {
    connections: 50,
    messages: { points: 5_000, per: 1_000 },
    bytes: { points: 1_000_000, per: 1_000 },
    rooms: ROOMS,
    subscriptions: 4 * ROOMS,
    perConnection: 100,
  },
} satisfies Readonly<Record<string, TenantQuotas>>

export type TenantName = keyof typeof plans

export function isTenant(name: string): name is TenantName {
  return Object.hasOwn(plans, name)
}

/** The quotas that are used up, one after another, and what whoever is over one gets: an HTTP status or a close code. */
export const quotas = {
  connections: '429',
  rooms: '4101',
  subscriptions: '4101',
  bytes: '4101',
  messages: '4101',
} as const satisfies Partial<Record<keyof TenantQuotas, string>>

export type Exhausted = keyof typeof quotas

export const exhausted = Object.keys(quotas) as readonly Exhausted[]
