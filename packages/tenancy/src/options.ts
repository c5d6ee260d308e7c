import {
  badOption,
  type Clock,
  type Connection,
  consoleLogger,
  Log,
  type Logger,
  MAX_DELAY,
  oneOf,
  shown,
  systemClock,
  whole,
} from '@linkspan/core'
import type { CircuitBreakerOptions, OverLimit, RateLimitStore } from '@linkspan/guard'
import type { TenantAudit } from './audit.js'
import { checkQuotas, countsJoins, type TenantLimit, type TenantQuotas } from './quotas.js'
import type { Resolve } from './resolvers.js'
import type { TenantStorage } from './storage.js'
import { type IdCheck, idCheck, type TenantRecord } from './tenant.js'

/**
 * What `known` may answer: whether there is such a tenant, or what is known of it.
 *
 * @example
 * const known = async (id: string): Promise<KnownTenant> => (await db.tenant(id)) ?? false
 */
export type KnownTenant = boolean | TenantRecord | null | undefined

/**
 * What `conn.data.tenant` is: the record that `known` answers, or else what `resolve` does.
 *
 * @example
 * type Mine = TenantFound<string, (TenantRecord & { plan: string }) | undefined> // the record
 */
export type TenantFound<Resolved extends string | TenantRecord, Known extends KnownTenant> = [
  Extract<Known, TenantRecord>,
] extends [never]
  ? Resolved
  : Extract<Known, TenantRecord>

/**
 * How tenants are told apart, and what each may have. Times are in milliseconds.
 *
 * @example
 * const options: TenancyOptions = { resolve: fromIdentity(), quotas: { connections: 500 } }
 */
export interface TenancyOptions<
  Resolved extends string | TenantRecord = string,
  Known extends KnownTenant = boolean,
> {
  /** Which tenant a connection belongs to; `undefined`, and what is no id, is refused with 403. */
  readonly resolve: Resolve<Resolved>
  /** What a whole id has to match, besides 1 to 128 characters of well-formed Unicode. Default: letters, digits and `._-`. */
  readonly pattern?: RegExp
  /** Whether there is such a tenant, or what is known of it. Default: every id is a tenant. */
  readonly known?: (id: string) => Known | Promise<Known>
  /** What a tenant that is not known is refused with. Default: 404. */
  readonly unknown?: 403 | 404
  /** How long `resolve`, `known`, `admits` and `mayCross` may take; then 503. Default: 1,000. */
  readonly timeout?: number
  /** How long an answer of `known` is good; that there is no such tenant, 5,000 at most. 0 or more. Default: 60,000. */
  readonly remember?: number
  /**
   * Whether somebody with an identity that names no tenant belongs to the one that was resolved. Default: nobody does,
   * which is refused with 403. Not asked for whom nobody has authenticated.
   */
  readonly admits?: (
    conn: Connection<unknown>,
    tenant: TenantFound<Resolved, Known>,
  ) => boolean | Promise<boolean>
  /** What each tenant may have; a function is asked in each handshake. Default: no limit. */
  readonly quotas?: TenantQuotas | ((tenant: TenantFound<Resolved, Known>) => TenantQuotas)
  /** What becomes of a message over a quota. Default: `'close'`, with 4101. */
  readonly over?: OverLimit
  /** Counts rates for several nodes; `redisRateStore(client)` of `@linkspan/guard`. Default: each node for itself. */
  readonly store?: RateLimitStore
  /** Told of everything that is over a quota; synchronous. Default: nobody is. */
  readonly onLimit?: (conn: Connection<unknown>, limit: TenantLimit) => void
  /** Guards what stands inside `enter`, for each tenant by itself. Default: `tenants.breaker(id)` alone uses one. */
  readonly breaker?: CircuitBreakerOptions
  /** Whether a connection may reach for another tenant, with `tenants.across`. Default: none may. */
  readonly mayCross?: (
    conn: Connection<{ readonly tenant: TenantFound<Resolved, Known> }>,
    tenant: string,
    reason: string,
  ) => boolean | Promise<boolean>
  /** Told of everybody who reached for another tenant; synchronous. Default: the logger, as a warning. */
  readonly audit?: (event: TenantAudit) => void
  /** Makes `tenants.current()` work; the application then needs `context: asyncContext()` of `@linkspan/node`. */
  readonly storage?: TenantStorage
  /** Tenants that breakers, counters and answers of `known` are kept of, one more displaces another. Default: 1,000. */
  readonly maxTenants?: number
  readonly clock?: Clock
  readonly logger?: Logger
}

/** The options with every default filled in, and what they are typed by left out. */
export interface Settings {
  readonly isId: IdCheck
  readonly unknown: 403 | 404
  readonly timeout: number
  readonly remember: number
  readonly over: OverLimit
  readonly maxTenants: number
  /** Whether a quota of joins is there, or may be. */
  readonly countsJoins: boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly log: Log
}

/** @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got. */
export function settingsOf<Resolved extends string | TenantRecord, Known extends KnownTenant>(
  options: TenancyOptions<Resolved, Known>,
): Settings {
  const { resolve, quotas = {}, unknown = 404, over = 'close' } = options
  const { clock = systemClock, logger = consoleLogger } = options
  if (typeof resolve !== 'function') throw badOption('resolve takes a function, such as fromIdentity().')
  if (unknown !== 403 && unknown !== 404) throw badOption(`unknown takes 403 or 404, not ${shown(unknown)}.`)
  oneOf('over', over, ['close', 'drop', 'delay'])
  return {
    isId: idCheck(options.pattern),
    unknown,
    timeout: whole('timeout', options.timeout ?? 1_000, 1, MAX_DELAY),
    remember: whole('remember', options.remember ?? 60_000, 0, MAX_DELAY),
    over,
    maxTenants: whole('maxTenants', options.maxTenants ?? 1_000, 1, 1_000_000),
    countsJoins: typeof quotas === 'function' || countsJoins(checkQuotas(quotas)),
    clock,
    logger,
    log: new Log(logger, clock),
  }
}
