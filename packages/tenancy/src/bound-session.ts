import { type Connection, type Middleware, type Next, named } from '@linkspan/core'
import type { Audit } from './audit.js'

/**
 * What is needed of a session: those of `@linkspan/session` whose values have a `tenant`.
 *
 * @example
 * session<{ tenant?: string; cart?: string[] }>({ store })
 */
export interface BoundSession {
  get(key: 'tenant'): unknown
  update(update: (values: { tenant?: string }) => { tenant?: string }): void
  flush(): Promise<void>
}

/**
 * A new session is the tenant's from its first connection on, in the store before anything else happens; one of another
 * tenant is refused.
 */
export function bindSession(
  tenantOf: (conn: Connection<unknown>) => string,
  audit: Audit,
): Middleware<{ readonly session: BoundSession }, {}> {
  const refuse = (conn: Connection<unknown>, owner: unknown): never => {
    const from = typeof owner === 'string' ? owner : undefined
    audit.note(conn, { type: 'session', allowed: false, from, to: tenantOf(conn) })
    return conn.reject({ status: 403, reason: 'this session belongs to another tenant' })
  }
  return named('bindSession', (conn, next: Next) => {
    const { session } = conn.data
    const tenant = tenantOf(conn)
    const owner = session.get('tenant')
    if (owner === tenant) return next()
    if (owner !== undefined && owner !== null) return refuse(conn, owner)
    // Runs again upon what another node wrote meanwhile: who was first stays the owner.
    session.update((values) => ({ ...values, tenant: values.tenant ?? tenant }))
    return session.flush().then(
      () => {
        const kept = session.get('tenant')
        return kept === tenant ? next() : refuse(conn, kept)
      },
      () => conn.reject({ status: 503, reason: 'sessions are not available', retryAfter: 1 }),
    )
  })
}
