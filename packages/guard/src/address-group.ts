import { whole } from '@linkspan/core'
import ipaddr from 'ipaddr.js'

/** An IPv4 or IPv6 address. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/**
 * How much of an address names a client.
 *
 * @example
 * const options: AddressGroupOptions = { ipv6Prefix: 56 }
 */
export interface AddressGroupOptions {
  /** Leading bits of an IPv6 address that belong to one client, 1 to 128. Default: 64, what a provider gives to one. */
  readonly ipv6Prefix?: number
}

/** The group of everything that is no address: a Unix socket, a proxy's `unknown`. One, so that nobody can make more. */
const NO_ADDRESS = 'unknown'

/**
 * Names the client behind an address, for counting by it: an IPv4 address stands for itself, also when it is written as
 * IPv6 (`::ffff:192.0.2.7`, RFC 4291 §2.5.5.2); an IPv6 one stands for its network, because whoever has one address has
 * the whole /64 (RFC 6177). Zones are left out. What is no address is `'unknown'`.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` where `ipv6Prefix` is not 1 to 128.
 *
 * @example
 * addressGroup('2001:db8:0:7::1') // '2001:db8:0:7::/64'
 */
export function addressGroup(address: string, options: AddressGroupOptions = {}): string {
  const prefix = whole('ipv6Prefix', options.ipv6Prefix ?? 64, 1, 128)
  const parsed = parseAddress(address)
  if (parsed === undefined) return NO_ADDRESS
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${networkOf(parsed, prefix)}/${prefix}`
}

/** An address as a host reports it; an IPv4-mapped one as IPv4. `undefined` for what is no address. */
export function parseAddress(address: string): IpAddress | undefined {
  // Not IPv4.isValid: it takes `1`, `0x7f.1` and `010.0.0.1`, which two readers understand in two ways.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address)
  if (!ipaddr.IPv6.isValid(address)) return undefined
  const parsed = ipaddr.IPv6.parse(address)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

/** The first address of the network of this length that an address is in; without its zone. */
export function networkOf(address: IpAddress, prefix: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8))
    return byte & (0xff << (8 - kept))
  })
  return ipaddr.fromByteArray(bytes).toString()
}
