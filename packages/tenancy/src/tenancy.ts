import type { Connection, Linkspan, LinkspanOptions, Middleware } from '@linkspan/core'
import type { CircuitBreaker } from '@linkspan/guard'
import type { BoundSession } from './bound-session.js'
import type { KnownTenant, TenancyOptions, TenantFound } from './options.js'
import type { TenancyStats } from './stats.js'
import type { TenantRecord } from './tenant.js'
import type { TenantView } from './tenant-view.js'
import { Tenants } from './tenants.js'

/**
 * What `tenants.enter()` adds to `conn.data`.
 *
 * @example
 * const hello: MessageMiddleware<WithTenant<string>> = (conn) => { conn.send(conn.data.tenant) }
 */
export interface WithTenant<Tenant> {
  readonly tenant: Tenant
}

/**
 * The tenants of one or several applications, each in a world of its own.
 *
 * @example
 * const tenants = tenancy({ resolve: fromIdentity() })
 * const app = tenants.app().use(jwt({ secret })).use(tenants.enter())
 */
export interface Tenancy<Tenant extends string | TenantRecord> {
  /**
   * Makes an application whose topics belong to tenants: in place of `linkspan(options)`.
   *
   * @throws LinkspanError `LINKSPAN_OPTION`, also for a `scope` of one's own, and for a `storage` without a `context`.
   */
  app(options?: LinkspanOptions): Linkspan<{}>
  /** Confines the topics of a connection to its tenant: for an application that `confine` gets. */
  readonly scope: (conn: Connection<unknown>) => string
  /**
   * Takes over an application that was made with this `scope`, and answers it: before it gets any middleware.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for any other application: its tenants would share topics; and for a `storage`
   * without a `context`.
   */
  confine<Data>(app: Linkspan<Data>): Linkspan<Data>
  /**
   * The middleware that settles the tenant of a connection. Stands behind those that authenticate; an identity that is
   * settled further in refuses the handshake with 500.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` where no application was made with `app`, or confined, before.
   */
  enter(): Middleware<unknown, WithTenant<Tenant>>
  /**
   * A middleware behind `session(...)` and `enter()`: a session is its first tenant's alone. Another tenant's is refused
   * with 403, and is an `audit` event. The session's values need a `tenant`, which is kept there.
   */
  bindSession(): Middleware<{ readonly session: BoundSession }, {}>
  /**
   * One tenant of an application, and nothing of any other.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` for what is no tenant's id; `LINKSPAN_OPTION` for an application of others.
   */
  of<Data>(app: Linkspan<Data>, id: string): TenantView<Data>
  /**
   * The tenant that a connection belongs to.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` where it is not settled.
   */
  mine(conn: Connection<unknown>): TenantView<unknown>
  /**
   * Another tenant, for a connection that `mayCross` allows it. Whatever is decided is an `audit` event first, and where
   * that throws nothing is allowed. `reason` takes 1 to 256 characters. Ask again for each piece of work: the view that is
   * answered asks nobody.
   *
   * @throws LinkspanError `LINKSPAN_FORBIDDEN` where it is not allowed, or there is no such tenant: uncaught, that closes
   * with 4003. `LINKSPAN_OPTION` for a reason that is none.
   */
  across(conn: Connection<unknown>, id: string, reason: string): Promise<TenantView<unknown>>
  /** The circuit breaker of a tenant, for calls to what it has of its own: a database, say. */
  breaker(id: string): CircuitBreaker
  /**
   * The id of the tenant for whom this code runs.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` where it runs for none; `LINKSPAN_OPTION` without a `storage`.
   */
  current(): string
  /**
   * Runs a callback for a tenant, where there is no connection: in a job, say.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` for what is no tenant's id; `LINKSPAN_OPTION` without a `storage`.
   */
  run<Result>(id: string, callback: () => Result): Result
  stats(): TenancyStats
}

/**
 * Keeps tenants apart. Every connection belongs to one, before it is active; whatever it can reach is that tenant's: topics,
 * presence, queries, sessions, quotas, counters.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * const tenants = tenancy({ resolve: fromIdentity(), quotas: { connections: 500 } })
 * export const app = tenants.app({ origin: ['https://app.example'] })
 *   .use(jwt({ secret }))
 *   .use(tenants.enter())
 *   .message((conn, message) => { conn.to('lobby').send(message) })
 */
export function tenancy<const Resolved extends string | TenantRecord, Known extends KnownTenant = boolean>(
  options: TenancyOptions<Resolved, Known>,
): Tenancy<TenantFound<Resolved, Known>> {
  return new Tenants(options)
}
