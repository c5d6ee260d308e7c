import { type Attempt, type ConnectOptions, type Peer, Random, socketHost } from '@linkspan/testing'
import { secretive } from '../secrets.js'

/** What a client of a storm is given. */
export interface Client {
  readonly random: Random
  readonly port: number
  /** The loopback address that it comes from. */
  readonly from: string
  /** Starts an upgrade request with secrets in it. */
  attempt(query?: Readonly<Record<string, string>>, options?: ConnectOptions): Attempt
  /** The same, where it is to be let in. */
  open(query?: Readonly<Record<string, string>>): Promise<Peer>
  /** Does it when the server has had its chance to get rid of the client by itself. */
  afterwards(end: () => void): void
  /** Aborted when clients that stay are to leave. */
  readonly leave: AbortSignal
}

/** As many loopback addresses as it takes not to run out of ports while closed ones cool down; elsewhere there is one. */
const ADDRESSES = process.platform === 'linux' ? 16 : 1

/** Where clients come from. */
interface Origin {
  readonly from: string
  readonly connect: (options?: ConnectOptions) => Attempt
}

/** Makes clients of one server, each with a random sequence of its own. */
export class Clients {
  readonly #port: number
  readonly #hosts: readonly Origin[]
  readonly #seeds: Random
  readonly #endings = new Set<() => void>()
  readonly #leaving = new AbortController()
  #made = 0

  constructor(port: number, seed: number) {
    this.#port = port
    this.#seeds = new Random(seed)
    this.#hosts = Array.from({ length: ADDRESSES }, (_, index) => {
      const from = `127.0.0.${index + 1}`
      const target = { port, host: '127.0.0.1', localAddress: from }
      return { from, connect: socketHost({ connect: target, close: async () => {} }).connect }
    })
  }

  next(): Client {
    const { from, connect } = this.#hosts[this.#made % ADDRESSES] as Origin
    this.#made += 1
    const attempt: Client['attempt'] = (query, options) => connect({ ...secretive(query), ...options })
    return {
      random: new Random(this.#seeds.below(2 ** 32)),
      port: this.#port,
      from,
      attempt,
      open: async (query) => {
        const answer = await attempt(query).answer
        if (answer.upgraded) return answer.peer
        throw new Error(`refused with ${answer.status}`)
      },
      afterwards: (end) => void this.#endings.add(end),
      leave: this.#leaving.signal,
    }
  }

  /** Tells those that stay to leave. */
  dismiss(): void {
    this.#leaving.abort()
  }

  /** Ends what clients have left open. */
  end(): void {
    this.dismiss()
    for (const end of this.#endings) end()
    this.#endings.clear()
  }
}
