import type { Clock, Connection, Log } from '@linkspan/core'

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
  readonly #tell: ((event: TenantAudit) => void) | undefined
  readonly #clock: Clock
  readonly #log: Log

  constructor(tell: ((event: TenantAudit) => void) | undefined, clock: Clock, log: Log) {
    this.#tell = tell
    this.#clock = clock
    this.#log = log
  }

  /** Throws what the listener throws: what cannot be told of must not happen. */
  record(conn: Connection<unknown>, what: What): void {
    const { type, allowed, from, to, reason = '' } = what
    const { id: connection, identity } = conn
    if (this.#tell === undefined) return this.#write(conn, what)
    const at = this.#clock.now()
    this.#tell({ type, allowed, from, to, subject: identity?.subject, connection, reason, at })
  }

  /** For what is refused in any case. */
  note(conn: Connection<unknown>, what: What): void {
    try {
      this.record(conn, what)
    } catch (thrown) {
      this.#log.threw('audit', thrown, conn)
    }
  }

  /** No subject, and no tenant that was only asked for: a client may have made it up. */
  #write(conn: Connection<unknown>, { type: how, allowed, from, to, reason = '' }: What): void {
    const message = 'reached for another tenant'
    if (allowed) this.#log.insist('tenant.crossing', message, { how, allowed, from, to, reason }, conn)
    else this.#log.warn('tenant.crossing', message, { how, allowed, from, reason }, conn)
  }
}
