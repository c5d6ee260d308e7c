import { badOption, shown } from '@linkspan/core'
import { type IpAddress, networkOf, parseAddress } from './address-group.js'

/** The bits of an IPv6 address that wraps an IPv4 one before it begins (RFC 4291 §2.5.5.2). */
const MAPPED = 96

/** Networks, looked up by prefix: what a look-up costs grows with how many lengths of prefix there are, not networks. */
export class AddressSet {
  readonly #networks: { readonly [Kind in 'ipv4' | 'ipv6']: Map<number, Set<string>> } = {
    ipv4: new Map(),
    ipv6: new Map(),
  }

  /** @throws LinkspanError `LINKSPAN_OPTION` that names the entry which is neither an address nor a network. */
  constructor(option: string, entries: readonly string[]) {
    for (const entry of entries) this.#add(option, entry)
  }

  has(address: IpAddress): boolean {
    for (const [prefix, networks] of this.#networks[address.kind()]) {
      if (networks.has(networkOf(address, prefix))) return true
    }
    return false
  }

  #add(option: string, entry: string): void {
    const [written = '', length, ...rest] = entry.split('/')
    const address = parseAddress(written)
    if (address === undefined || written.includes('%') || rest.length > 0) {
      throw badOption(`${option} takes addresses and networks such as '192.0.2.0/24', not ${told(entry)}.`)
    }
    const kind = address.kind()
    const bits = kind === 'ipv4' ? 32 : 128
    const unwrapped = kind === 'ipv4' && written.includes(':') ? MAPPED : 0
    const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) - unwrapped : -1
    if (prefix < 0 || prefix > bits) {
      throw badOption(
        `${option}: the prefix of ${told(entry)} is not one of ${unwrapped} to ${bits + unwrapped}.`,
      )
    }
    const network = networkOf(address, prefix)
    if (network !== address.toString()) {
      throw badOption(
        `${option}: '${entry}' names an address within a network: write '${network}/${prefix}'.`,
      )
    }
    const networks = this.#networks[kind].get(prefix)
    if (networks === undefined) this.#networks[kind].set(prefix, new Set([network]))
    else networks.add(network)
  }
}

/** An entry as it is where it begins like an address, written wrong as it may be. */
function told(entry: string): string {
  return /^[\da-f]{0,4}[.:/][\w.:/%-]{0,44}$/i.test(entry) ? `'${entry}'` : shown(entry)
}
