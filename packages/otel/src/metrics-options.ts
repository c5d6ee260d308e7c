import { badOption, whole } from '@linkspan/core'
import type { MeterProvider } from '@opentelemetry/api'

/**
 * Something whose state is told: a `circuitBreaker()` of `@linkspan/guard`, or a tenant's.
 *
 * @example
 * const acme: BreakerLike = { get state() { return tenants.breaker('acme').state } }
 */
export interface BreakerLike {
  readonly state: 'closed' | 'open' | 'half-open'
}

/**
 * What is measured, and how many names there may be of what others choose.
 *
 * @example
 * const options: MetricsOptions = { sessions, breakers: { profiles }, tenants: 20, sample: 100 }
 */
export interface MetricsOptions {
  /** Where the instruments come from. Default: the provider that is registered globally when `metrics` is called. */
  readonly meterProvider?: MeterProvider
  /** Tenants that are told apart, the first so many, 0 to 1,000; all others are `other`. Default: 100. */
  readonly tenants?: number
  /** Reasons that are told apart, 0 to 500; also names of middlewares, and close codes of peers. Default: 50. */
  readonly reasons?: number
  /** One message in so many has its handling timed, of more than some thousand a second fewer; 1: all, 0: none. Default: 32. */
  readonly sample?: number
  /** Circuit breakers, under the names that they are to have. Default: none. */
  readonly breakers?: Readonly<Record<string, BreakerLike>>
  /** What `session(...)` of `@linkspan/session` answered: counts those who come back. Default: nobody does. */
  readonly sessions?: { stats(): { readonly returned: number } }
}

/** The options with every default filled in. */
export interface ResolvedMetricsOptions extends MetricsOptions {
  readonly tenants: number
  readonly reasons: number
  readonly sample: number
  readonly breakers: Readonly<Record<string, BreakerLike>>
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 */
export function resolveMetricsOptions(options: MetricsOptions): ResolvedMetricsOptions {
  const { breakers = {}, sessions, meterProvider } = options
  for (const [name, breaker] of Object.entries(breakers)) {
    if (typeof breaker?.state !== 'string')
      throw badOption(`breakers.${name} takes something with a state, such as circuitBreaker().`)
  }
  if (sessions !== undefined && typeof sessions.stats !== 'function')
    throw badOption('sessions takes what session() answered.')
  checkProvider(meterProvider)
  return {
    ...options,
    breakers,
    tenants: whole('tenants', options.tenants ?? 100, 0, 1_000),
    reasons: whole('reasons', options.reasons ?? 50, 0, 500),
    sample: whole('sample', options.sample ?? 32, 0, 1_000_000),
  }
}

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function checkProvider(provider: MeterProvider | undefined): void {
  if (provider !== undefined && typeof provider.getMeter !== 'function')
    throw badOption("meterProvider takes a MeterProvider, such as that of '@opentelemetry/sdk-metrics'.")
}
