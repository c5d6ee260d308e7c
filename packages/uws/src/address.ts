import type { HttpResponse } from 'uWebSockets.js'
import { isIP, SocketAddress } from 'node:net'

/**
 * Whose word counts for where a request came from, when there are proxies before this server.
 *
 * `false`: nobody's; the address is the socket's. `true`: everybody's; the address is the first one that was ever
 * written down. A number: that of as many proxies as stand before this server. A function: that of the addresses for
 * which it answers true; `hop` is 0 for the socket's own.
 *
 * Trust only proxies that set `X-Forwarded-For` themselves: everybody can send the header.
 */
export type TrustProxy = boolean | number | ((address: string, hop: number) => boolean)

/** Answers a function that tells the client's address, from the socket's and `X-Forwarded-For`. */
export function addressBy(
  trust: TrustProxy = false,
): (remote: string, forwarded: string | undefined) => string {
  const trusted =
    typeof trust === 'function'
      ? trust
      : (_address: string, hop: number) => trust === true || hop < Number(trust)
  return (remote, forwarded = '') => {
    let address = plainAddress(remote)
    if (trust === false) return address
    const hops = forwarded.split(',')
    for (let hop = 0; hop < hops.length; hop += 1) {
      if (!trusted(address, hop)) break
      const before = plainAddress(hops[hops.length - 1 - hop]?.trim())
      // What is no address tells nothing, and nothing before it can be believed.
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
}

/** The address of a response's socket, as Node would write it; `''` for none, as on a Unix socket. */
export function remoteAddress(res: HttpResponse): string {
  const text = Buffer.from(res.getRemoteAddressAsText()).toString()
  // uWebSockets.js writes all eight groups of an IPv6 address, zeros and all.
  return isIP(text) === 6 ? new SocketAddress({ address: text, family: 'ipv6' }).address : text
}

/** An IPv4 address as such, also where an IPv6 socket wraps it; `''` for none. */
function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
