import { type RedisBrokerOptions, redisBroker } from '@linkspan/redis'
import type { BrokerHost } from '@linkspan/testing'
import type { Redis } from 'ioredis'
import type { FaultProxy } from '../../../tests/support/fault-proxy.js'
import type { Connect, HandedIn } from './broker-clients.js'

/** Quick to notice, for tests. */
export const QUICK: RedisBrokerOptions = { probeInterval: 100, timeout: 5_000 }

/** A Redis, or the nodes of a cluster, behind networks that can fail, and a way to each that does not. */
export interface Site {
  readonly proxies: readonly FaultProxy[]
  readonly direct: readonly Redis[]
}

/** Brokers at a site, each on a client of its own. */
export function hostAt(
  site: Site,
  connect: Connect,
  options: RedisBrokerOptions,
): Required<Omit<BrokerHost, 'elsewhere'>> {
  const handedIn: HandedIn[] = []
  const client = (): HandedIn => {
    const made = connect(site.proxies.map(({ port }) => port))
    handedIn.push(made)
    return made
  }
  const broker = (of: HandedIn) => redisBroker(of.client, { ...QUICK, ...options })
  const each = async (action: (proxy: FaultProxy) => void): Promise<void> => site.proxies.forEach(action)
  return {
    broker: () => broker(client()),
    lend: async () => {
      const lent = client()
      return { broker: broker(lent), works: () => lent.works() }
    },
    cut: () => each((proxy) => proxy.refuse()),
    mend: () => each((proxy) => proxy.pass()),
    stall: () => each((proxy) => proxy.stall()),
    unstall: () => each((proxy) => proxy.pass()),
    async listeners() {
      const subscribed = await Promise.all(site.direct.map((redis) => redis.client('LIST', 'TYPE', 'PUBSUB')))
      const open = subscribed.map((list) => String(list).split('\n').filter(Boolean).length)
      const listened = handedIn.map((made) => made.listeners())
      // Each client has the listeners it was made with: what matters is the most that any has.
      return open.reduce((sum, count) => sum + count, 0) + Math.max(0, ...listened)
    },
    async close() {
      for (const made of handedIn) made.end()
      await each((proxy) => proxy.pass())
    },
  }
}
