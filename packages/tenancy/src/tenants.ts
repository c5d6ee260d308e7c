import {
  badOption,
  type Connection,
  Linkspan,
  LinkspanError,
  type LinkspanOptions,
  type Middleware,
  named,
} from '@linkspan/core'
import type { CircuitBreaker } from '@linkspan/guard'
import { Audit } from './audit.js'
import { type BoundSession, bindSession } from './bound-session.js'
import { Breakers } from './breakers.js'
import { Door } from './door.js'
import type { Resident } from './household.js'
import {
  type KnownTenant,
  type Settings,
  settingsOf,
  type TenancyOptions,
  type TenantFound,
} from './options.js'
import { Register } from './register.js'
import { type TenancyStats, tenancyStats } from './stats.js'
import type { TenantStorage } from './storage.js'
import type { Tenancy, WithTenant } from './tenancy.js'
import type { TenantRecord } from './tenant.js'
import { found, type TenantView, tenantView } from './tenant-view.js'
import { unpacked, type Word } from './wire.js'
import { EVENT, type World, worldOf } from './world.js'

/** The longest reason, in UTF-16 units. */
const MAX_REASON = 256

/** See {@link Tenancy}. */
export class Tenants<Resolved extends string | TenantRecord, Known extends KnownTenant>
  implements Tenancy<TenantFound<Resolved, Known>>
{
  readonly #options: TenancyOptions<Resolved, Known>
  readonly #settings: Settings
  readonly #register: Register
  readonly #breakers: Breakers
  readonly #audit: Audit
  readonly #door: Door<Resolved, Known>
  readonly #worlds = new Map<unknown, World>()

  constructor(options: TenancyOptions<Resolved, Known>) {
    const settings = settingsOf(options)
    const { clock, logger, log, maxTenants } = settings
    this.#options = options
    this.#settings = settings
    this.#register = new Register({ ...settings, store: options.store, onLimit: options.onLimit })
    this.#breakers = new Breakers(options.breaker ?? {}, clock, logger, maxTenants)
    this.#audit = new Audit(options.audit, clock, log)
    this.#door = new Door(options, settings, {
      register: this.#register,
      breakers: this.#breakers,
      audit: this.#audit,
    })
    // Rates out of their range should show at the start.
    if (typeof options.quotas === 'object') this.#register.rates.of(options.quotas)
  }

  app(options: LinkspanOptions = {}): Linkspan<{}> {
    if (options.scope !== undefined)
      throw badOption('an application of tenants has the scope of its tenants.')
    return this.confine(new Linkspan<{}>({ ...options, scope: this.scope }))
  }

  confine<Data>(app: Linkspan<Data>): Linkspan<Data> {
    if (app.options.scope !== this.scope) {
      throw badOption(
        'tenants would share the topics of this application: make it with tenants.app(options).',
      )
    }
    if (this.#options.storage !== undefined && app.options.context === undefined) {
      throw badOption(
        'storage reaches no handler: give the application context: asyncContext(), of @linkspan/node.',
      )
    }
    if (this.#worlds.has(app)) return app
    const world = worldOf(app)
    this.#worlds.set(app, world)
    app.onNode(EVENT, (word: Word) => this.#heard(world, word))
    app.message((conn, message, next) => {
      const household = this.#register.of(conn)?.household
      if (household === undefined) return next()
      household.tally.messages += 1
      household.tally.bytes += message.size
      return household.rate === undefined ? next() : household.rate.messages(conn, message, next)
    })
    if (this.#settings.countsJoins) {
      app.topics('*', {
        join: (conn, topic) => {
          this.#register.join(conn, topic)
          return true
        },
      })
    }
    return app
  }

  readonly scope = (conn: Connection<unknown>): string => {
    const { household, identity } = this.#residentOf(conn)
    if (identity === null && conn.identity !== null) {
      throw badOption('tenants.enter() stands before the middleware that authenticates: put it after.')
    }
    return household.id
  }

  enter(): Middleware<unknown, WithTenant<TenantFound<Resolved, Known>>> {
    if (this.#worlds.size === 0) {
      throw badOption('there is no application of these tenants: make it with tenants.app(options).')
    }
    return named('tenancy', (conn, next) => {
      const world = this.#worldOf(conn)
      if (world === undefined) {
        throw badOption('this application is not one of these tenants: make it with tenants.app(options).')
      }
      if (this.#register.of(conn) !== undefined)
        throw badOption('tenants.enter() stands twice in the pipeline.')
      return this.#door.enter(conn, next, world)
    })
  }

  bindSession(): Middleware<{ readonly session: BoundSession }, {}> {
    return bindSession((conn) => this.#residentOf(conn).household.id, this.#audit)
  }

  of<Data>(app: Linkspan<Data>, id: string): TenantView<Data> {
    const world = this.#worlds.get(app)
    if (world === undefined)
      throw badOption('of() takes an application that was made with tenants.app(options).')
    this.#check(id)
    return this.#view(world, id) as TenantView<Data>
  }

  mine(conn: Connection<unknown>): TenantView<unknown> {
    const { household, world } = this.#residentOf(conn)
    return this.#view(world, household.id)
  }

  async across(conn: Connection<unknown>, id: string, reason: string): Promise<TenantView<unknown>> {
    const { household, world } = this.#residentOf(conn)
    if (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON) {
      throw badOption(`across() takes a reason of 1 to ${MAX_REASON} characters.`)
    }
    const to = this.#settings.isId(id) ? id : undefined
    let allowed = false
    try {
      allowed = to !== undefined && (await this.#door.mayCross(conn, to, reason))
    } finally {
      this.#audit.record(conn, { type: 'across', allowed, from: household.id, to, reason })
    }
    if (!allowed) throw forbidden()
    return this.#view(world, id)
  }

  breaker(id: string): CircuitBreaker {
    return this.#breakers.of(this.#check(id))
  }

  current(): string {
    const id = this.#storage().getStore()
    if (id !== undefined) return id
    throw new LinkspanError(
      'LINKSPAN_SCOPE',
      'this code runs for no tenant: only handlers and hooks of connections do, and what is within tenants.run().',
    )
  }

  run<Result>(id: string, callback: () => Result): Result {
    return this.#storage().run(this.#check(id), callback)
  }

  stats(): TenancyStats {
    return tenancyStats(this.#register, this.#breakers.size)
  }

  #heard(world: World, word: Word): void {
    const household = this.#register.households.get(word.tenant)
    if (word.type === 'disconnect') {
      for (const conn of found(household, world, word.query)) {
        if (conn.identity?.tenant === undefined) conn.close(word.code, word.reason)
      }
      return
    }
    const data = unpacked(word)
    for (const conn of found(household, world, {})) if (conn.state === 'active') conn.send(data)
  }

  #view(world: World, id: string): TenantView<unknown> {
    const register = this.#register
    return tenantView(id, world, () => ({
      household: register.households.get(id),
      totals: register.totals(id),
    }))
  }

  #residentOf(conn: Connection<unknown>): Resident {
    const resident = this.#register.of(conn)
    if (resident !== undefined) return resident
    throw new LinkspanError(
      'LINKSPAN_SCOPE',
      'this connection has no tenant: it has not come through tenants.enter().',
    )
  }

  #worldOf(conn: Connection<unknown>): World | undefined {
    for (const world of this.#worlds.values()) if (world.find(conn.id) === conn) return world
    return undefined
  }

  #check(id: string): string {
    if (this.#settings.isId(id)) return id
    throw new LinkspanError('LINKSPAN_SCOPE', "this is no tenant's id: see the option pattern of tenancy().")
  }

  #storage(): TenantStorage {
    const { storage } = this.#options
    if (storage !== undefined) return storage
    throw badOption('current() and run() need tenancy({ storage: new AsyncLocalStorage() }).')
  }
}

function forbidden(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_FORBIDDEN',
    'this connection may not reach for another tenant: mayCross says no. Catch this to answer the client.',
  )
}
