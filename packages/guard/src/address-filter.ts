import { badOption, type Middleware, named } from '@linkspan/core'
import { parseAddress } from './address-group.js'
import { AddressSet } from './address-set.js'

/**
 * Who may come in, by address. Each entry is an address, or a network with its prefix.
 *
 * @example
 * const options: AddressFilterOptions = { allow: ['10.0.0.0/8', '2001:db8::/32'], deny: ['10.6.6.6'] }
 */
export interface AddressFilterOptions {
  /** Only these. Default: everybody. */
  readonly allow?: readonly string[]
  /** Never these, also where `allow` has them. Default: nobody. */
  readonly deny?: readonly string[]
}

/**
 * Lets clients in, or keeps them out, by their address: 403. IPv4 addresses are the same when they are written as IPv6.
 * A client without an address that can be read, as on a Unix socket, is in no network: refused where there is an `allow`.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an entry that is neither address nor network, for an address within a
 * network (`10.1.2.3/8`), for an empty `allow`, and where neither is given.
 *
 * @example
 * app.use(filterAddresses({ allow: ['10.0.0.0/8'] }))
 */
export function filterAddresses({ allow, deny }: AddressFilterOptions): Middleware<unknown, {}> {
  if (allow === undefined && deny === undefined) throw badOption('filterAddresses takes allow, deny or both.')
  if (allow?.length === 0) throw badOption('allow takes at least one address: an empty list lets nobody in.')
  const allowed = allow && new AddressSet('allow', allow)
  const denied = deny && new AddressSet('deny', deny)
  return named('filterAddresses', (conn, next) => {
    const address = parseAddress(conn.request.address)
    const listed = (set: AddressSet): boolean => address !== undefined && set.has(address)
    if ((denied && listed(denied)) || (allowed && !listed(allowed))) {
      return conn.reject({ status: 403, reason: 'this address may not connect' })
    }
    return next()
  })
}
