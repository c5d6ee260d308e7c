import type { Connection } from '@linkspan/core'
import { addressGroup } from './address-group.js'
import { subjectKey } from './connection-slots.js'

/**
 * Who shares a quota: all with the same address (an IPv6 one by its network), subject or tenant, or with the same key
 * of your own. Where there is no tenant the subject counts, where there is no subject the address: nobody escapes a
 * limit by saying less. A function that answers `undefined` exempts the connection.
 *
 * @example
 * const by: RateLimitKey<{ plan: string }> = (conn) => conn.data.plan === 'gold' ? undefined : conn.request.address
 */
export type RateLimitKey<Data> =
  | 'address'
  | 'subject'
  | 'tenant'
  | ((conn: Connection<Data>) => string | undefined)

/** Of a longer key, this many characters count: keys may come from clients. */
const MOST = 256

/** The key of a connection. The first letter tells the kinds apart: nobody can call himself like an address. */
export function keyOf<Data>(
  by: RateLimitKey<Data>,
  conn: Connection<Data>,
  ipv6Prefix: number,
): string | undefined {
  if (typeof by === 'function') {
    const own = by(conn)
    return own === undefined ? undefined : `k:${own.slice(0, MOST)}`
  }
  const { identity, request } = conn
  if (by === 'tenant' && identity?.tenant !== undefined) return `t:${identity.tenant}`
  if (by !== 'address' && identity !== null) return `s:${subjectKey(identity.subject, identity.tenant)}`
  return `a:${addressGroup(request.address, { ipv6Prefix })}`
}
