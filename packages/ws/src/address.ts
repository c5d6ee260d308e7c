import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whose word counts for where a request came from, when there are proxies before this server.
 *
 * `false`: nobody's; the address is the socket's. `true`: everybody's; the address is the first one that was ever
 * written down. A number: that of as many proxies as stand before this server. A function: that of the addresses for
 * which it answers true; `hop` is 0 for the socket's own.
 *
 * Trust only proxies that set `X-Forwarded-For` themselves, and count them only where nobody reaches this server past
 * them: everybody can send the header.
 */
export type TrustProxy = boolean | number | ((address: string, hop: number) => boolean)

/** Answers a function that tells the client's address of a request. */
export function addressBy(trust: TrustProxy = false): (req: IncomingMessage) => string {
  const trusted =
    typeof trust === 'function'
      ? trust
      : (_address: string, hop: number) => trust === true || hop < Number(trust)
  return (req) => {
    let address = plainAddress(req.socket.remoteAddress)
    if (trust === false) return address
    const forwarded = req.headers['x-forwarded-for']
    const hops = String(forwarded ?? '').split(',')
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

/** An IPv4 address as such, also where an IPv6 socket wraps it; `''` for none, as on a Unix socket. */
export function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=.*\.)/, '')
}
