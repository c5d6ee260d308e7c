import {
  badOption,
  type Connection,
  type End,
  type Middleware,
  type Next,
  Rejection,
  within,
} from '@linkspan/core'
import type { Audit } from './audit.js'
import type { Breakers } from './breakers.js'
import { Directory } from './directory.js'
import type { KnownTenant, Settings, TenancyOptions, TenantFound } from './options.js'
import { checkQuotas } from './quotas.js'
import type { Register } from './register.js'
import type { WithTenant } from './tenancy.js'
import { idOf, type TenantRecord } from './tenant.js'
import type { World } from './world.js'

/** What a handshake has found out. */
interface Settled<Tenant> {
  readonly tenant: Tenant
  readonly id: string
  readonly world: World
}

/** What a door opens to. */
export interface Behind {
  readonly register: Register
  readonly breakers: Breakers
  readonly audit: Audit
}

/** Lets connections in: finds out to which tenant each belongs, and whether there is room for it. */
export class Door<Resolved extends string | TenantRecord, Known extends KnownTenant> {
  readonly #options: TenancyOptions<Resolved, Known>
  readonly #settings: Settings
  readonly #behind: Behind
  readonly #directory: Directory<Known> | undefined

  constructor(options: TenancyOptions<Resolved, Known>, settings: Settings, behind: Behind) {
    const { clock, log, maxTenants: most, timeout, remember } = settings
    const { known } = options
    this.#options = options
    this.#settings = settings
    this.#behind = behind
    this.#directory = known && new Directory({ known, timeout, remember, most, clock, log })
  }

  enter(
    conn: Connection<unknown>,
    next: Next,
    world: World,
  ): Promise<End<WithTenant<TenantFound<Resolved, Known>>>> {
    return after(this.#intime(this.#options.resolve(conn)), (resolved) => {
      const id = resolved === undefined ? undefined : idOf(resolved)
      if (resolved === undefined || !this.#settings.isId(id)) {
        return conn.reject({ status: 403, reason: 'this belongs to no tenant' })
      }
      return after(this.known(id), (known) => {
        if (!known) return conn.reject({ status: this.#settings.unknown, reason: 'there is no such tenant' })
        const tenant = (known === true ? resolved : known) as TenantFound<Resolved, Known>
        if (idOf(tenant) !== id) throw badOption('known answers a record with the id that it was asked for.')
        return after(this.#belongs(conn, tenant, id), () => this.#admit(conn, next, { tenant, id, world }))
      })
    })
  }

  /** What is known of a tenant. */
  known(id: string): Known | true | Promise<Known | true> {
    return this.#directory === undefined ? true : this.#directory.find(id)
  }

  /** Whether a connection may reach for another tenant, and there is one. */
  async mayCross(conn: Connection<unknown>, to: string, reason: string): Promise<boolean> {
    const { mayCross } = this.#options
    if (mayCross === undefined) return false
    // Whoever has come through here has it.
    const inside = conn as Connection<WithTenant<TenantFound<Resolved, Known>>>
    if ((await this.#intime(mayCross(inside, to, reason))) !== true) return false
    return Boolean(await this.known(to))
  }

  /** Whether who this is may belong to the tenant that was resolved; else throws. */
  #belongs(
    conn: Connection<unknown>,
    tenant: TenantFound<Resolved, Known>,
    id: string,
  ): void | Promise<void> {
    const { identity } = conn
    if (identity === null || identity.tenant === id) return
    const refuse = (): never => {
      this.#behind.audit.note(conn, { type: 'mismatch', allowed: false, from: identity.tenant, to: id })
      return conn.reject({ status: 403, reason: 'this is another tenant' })
    }
    if (identity.tenant !== undefined || this.#options.admits === undefined) return refuse()
    const check = (admitted: boolean): void => {
      if (admitted !== true) refuse()
    }
    const answer = this.#intime(this.#options.admits(conn, tenant))
    return answer instanceof Promise ? answer.then(check) : check(answer)
  }

  #admit(
    conn: Connection<unknown>,
    next: Next,
    { tenant, id, world }: Settled<TenantFound<Resolved, Known>>,
  ): Promise<End<WithTenant<TenantFound<Resolved, Known>>>> {
    // Called late, by a lookup that took its time: there is nobody left to count.
    if (conn.state === 'closing' || conn.state === 'closed') return next({ tenant })
    const { quotas = {}, storage, breaker } = this.#options
    const mine = typeof quotas === 'function' ? checkQuotas(quotas(tenant)) : quotas
    const household = this.#behind.register.enter(conn, world, id, mine)
    const inside = (): Promise<End<WithTenant<TenantFound<Resolved, Known>>>> => {
      household.tally.admitted += 1
      return storage === undefined ? next({ tenant }) : storage.run(id, () => next({ tenant }))
    }
    const guarded = breaker === undefined ? inside : through(this.#behind.breakers.of(id), conn, inside)
    const { rate } = household
    return rate === undefined ? guarded() : through(rate, conn, guarded)()
  }

  /** What users promise has a deadline. */
  #intime<Value>(answer: Value | Promise<Value>): Value | Promise<Value> {
    if (!(answer instanceof Promise)) return answer
    const { clock, timeout } = this.#settings
    return within(clock, timeout, answer, late)
  }
}

function late(): Rejection {
  return new Rejection({ status: 503, reason: 'temporarily unavailable', retryAfter: 1 })
}

/** Goes on with an answer: at once where it is there, so that it costs no promise. */
function after<Value, Result>(
  answer: Value | Promise<Value>,
  go: (value: Value) => Promise<Result>,
): Promise<Result> {
  return answer instanceof Promise ? answer.then(go) : go(answer)
}

/** Puts a middleware around what goes on, keeping the type of what is added there. */
function through<Added>(
  guard: Middleware<unknown, {}>,
  conn: Connection<unknown>,
  inside: () => Promise<End<Added>>,
): () => Promise<End<Added>> {
  return () => guard(conn, inside as Next) as Promise<End<Added>>
}
