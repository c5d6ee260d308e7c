import { badOption, type Connection } from '@linkspan/core'
import type { TenantRecord } from './tenant.js'

/**
 * Which tenant a connection belongs to; `undefined` for none, which is refused with 403. What a client can choose freely,
 * a header or the query, says nothing about that, unless your function has verified it.
 *
 * @example
 * const resolve: Resolve<string> = (conn) => conn.identity?.claims?.['org'] as string | undefined
 */
export type Resolve<Tenant extends string | TenantRecord> = (
  conn: Connection<unknown>,
) => Tenant | undefined | Promise<Tenant | undefined>

/** A host with a port or without one; what is in brackets is an address. */
const HOST = /^([^:[\]]+?)\.?(?::\d+)?$/
/** RFC 1123 §2.1. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The tenant of the identity, as the middleware that authenticates has verified it: `tenancy` stands behind that.
 *
 * @example
 * tenancy({ resolve: fromIdentity() })
 */
export function fromIdentity(): (conn: Connection<unknown>) => string | undefined {
  return (conn) => conn.identity?.tenant
}

/**
 * The one label in front of `domain` in the request's `Host`, in lower case. Who comes without an identity can ask for any
 * host: then it tells only whose public side is asked for.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for what is no domain.
 *
 * @example
 * tenancy({ resolve: fromSubdomain('app.example') }) // acme.app.example → 'acme'
 */
export function fromSubdomain(domain: string): (conn: Connection<unknown>) => string | undefined {
  const labels = String(domain).toLowerCase().split('.')
  if (!labels.every((label) => LABEL.test(label))) {
    throw badOption('fromSubdomain takes a domain, such as app.example, without a port and without a *.')
  }
  const end = `.${labels.join('.')}`
  return ({ request }) => {
    const host = HOST.exec(request.headers['host']?.toLowerCase() ?? '')?.[1]
    const label = host?.endsWith(end) ? host.slice(0, -end.length) : undefined
    return label !== undefined && LABEL.test(label) ? label : undefined
  }
}

/**
 * The segment of the request's path that stands where `pattern` has `:tenant`, decoded. The rest has to be equal; a final
 * `*` allows anything behind. Who comes without an identity can ask for any path: then it tells only whose public side is
 * asked for.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a pattern without exactly one `:tenant`.
 *
 * @example
 * tenancy({ resolve: fromPath('/t/:tenant/*') }) // /t/acme/chat → 'acme'
 */
export function fromPath(pattern: string): (conn: Connection<unknown>) => string | undefined {
  const open = pattern.endsWith('/*')
  const segments = (open ? pattern.slice(0, -2) : pattern).split('/')
  const at = segments.indexOf(':tenant')
  if (segments[0] !== '' || at < 0 || segments.some((one, i) => i !== at && /[:*]/.test(one))) {
    throw badOption('fromPath takes a path with one :tenant, such as /t/:tenant, and maybe /* at its end.')
  }
  return ({ request }) => {
    const asked = request.path.split('/')
    if (open ? asked.length <= segments.length : asked.length !== segments.length) return undefined
    if (!segments.every((segment, i) => i === at || segment === asked[i])) return undefined
    return decoded(asked[at])
  }
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined || segment === '' ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
