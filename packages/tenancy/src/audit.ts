import { type Clock, type Connection, type Logger, toError } from '@linkspan/core'

/**
 * Somebody reached for another tenant. `'across'`: with `tenants.across`, allowed or not. `'mismatch'`: the identity
 * belongs to another tenant than the one asked for, or to none. `'session'`: it presented another tenant's session. The
 * last two are always refused.
 *
 * @example
 * tenancy({ resolve, audit: (event) => trail.append(event) })
 */
export interface TenantAudit {
  readonly type: 'across' | 'mismatch' | 'session'
  readonly allowed: boolean
  /** The tenant that it belongs to, where that is known. */
  readonly from: string | undefined
  /** The tenant that it reached for; `undefined` where that is no tenant's id. */
  readonly to: string | undefined
  /** The identity's, where there is one. */
  readonly subject: string | undefined
  /** The connection's id. */
  readonly connection: string
  /** As given to `across`; else empty. */
  readonly reason: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** What differs from one event to the next. */
type What = Pick<TenantAudit, 'type' | 'allowed' | 'from' | 'to'> & { readonly reason?: string }

/** Tells of whoever reached for another tenant. */
export class Audit {
  readonly #tell: (event: TenantAudit) => void
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(tell: ((event: TenantAudit) => void) | undefined, clock: Clock, logger: Logger) {
    this.#tell = tell ?? ((event) => logger.warn({ audit: event }, 'linkspan: reached for another tenant'))
    this.#clock = clock
    this.#logger = logger
  }

  /** Throws what the listener throws: what cannot be told of must not happen. */
  record(conn: Connection<unknown>, what: What): void {
    const { type, allowed, from, to, reason = '' } = what
    const { id: connection, identity } = conn
    const at = this.#clock.now()
    this.#tell({ type, allowed, from, to, subject: identity?.subject, connection, reason, at })
  }

  /** For what is refused in any case. */
  note(conn: Connection<unknown>, what: What): void {
    try {
      this.record(conn, what)
    } catch (thrown) {
      this.#logger.error({ error: toError(thrown).name }, 'audit threw: observers must not.')
    }
  }
}
