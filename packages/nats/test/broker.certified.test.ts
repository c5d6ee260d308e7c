import { natsBroker } from '@linkspan/nats'
import { type BrokerHost, describeBroker } from '@linkspan/testing'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { describe, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { type NatsServer, ownNats } from './nats-server.js'

const dial = (port: number): Promise<NatsConnection> =>
  connect({ port, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 20, timeout: 1_000 })

/** Connections that are handed in, ended with the host. */
class Lent {
  readonly #connections: NatsConnection[] = []

  async connect(port: number): Promise<NatsConnection> {
    const connection = await dial(port)
    this.#connections.push(connection)
    return connection
  }

  async end(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }
}

async function hostAt(server: NatsServer, stalls: 'proxy' | 'process'): Promise<BrokerHost> {
  const proxy = await FaultProxy.to(server.port)
  const lent = new Lent()
  return {
    broker: () => natsBroker(() => dial(proxy.port)),
    cut: async () => proxy.refuse(),
    mend: async () => proxy.pass(),
    stall: async () => (stalls === 'proxy' ? proxy.stall() : await server.pause()),
    unstall: async () => (stalls === 'proxy' ? proxy.pass() : server.resume()),
    lend: async () => {
      const connection = await lent.connect(proxy.port)
      return { broker: natsBroker(connection), works: () => connection.flush() }
    },
    listeners: () => server.known(),
    close: async () => {
      await lent.end()
      await proxy.close()
    },
  }
}

describe('a broker over NATS', () => {
  const server = ownNats()

  describeBroker({
    name: 'behind a network that stalls and cuts',
    factory: () => hostAt(server(), 'proxy'),
    describe,
    it,
  })
  describeBroker({
    name: 'on a server that is paused',
    factory: () => hostAt(server(), 'process'),
    supports: { cut: false, lend: false, listeners: false },
    describe,
    it,
  })
})
