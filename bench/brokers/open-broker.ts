import { type Broker, memoryBroker } from '@linkspan/core'
import { kafkaBroker } from '@linkspan/kafka'
import { natsBroker } from '@linkspan/nats'
import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { redisBroker } from '@linkspan/redis'
import { connect as connectNats } from '@nats-io/transport-node'
import { connect as connectRabbitmq } from 'amqplib'
import { Cluster, Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { createClient } from 'redis'

/** Both nodes of the memory engine are in one process. */
const hub = memoryBroker()

const BROKERS: Readonly<Record<string, (address: string) => Broker | Promise<Broker>>> = {
  memory: () => hub,
  'redis-ioredis': (address) => redisBroker(quiet(new Redis(Number(address), '127.0.0.1'))),
  'redis-node-redis': async (address) => {
    const client = quiet(createClient({ url: `redis://127.0.0.1:${address}` }))
    await client.connect()
    return redisBroker(client)
  },
  'redis-sharded': (address) => {
    const nodes = address.split(',').map((port) => ({ host: '127.0.0.1', port: Number(port) }))
    return redisBroker(quiet(new Cluster(nodes)), { sharded: true })
  },
  nats: (address) =>
    natsBroker(() =>
      connectNats({
        port: Number(address),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        reconnectJitter: 1_000,
        pingInterval: 5_000,
      }),
    ),
  rabbitmq: (address) => rabbitmqBroker(() => connectRabbitmq(address, { noDelay: true, timeout: 5_000 })),
  kafka: (address) =>
    kafkaBroker(new Kafka({ clientId: 'bench', brokers: address.split(','), logLevel: logLevel.NOTHING })),
}

/** A node's way to an engine, with the client set up as docs/brokers.md says. */
export async function openBroker(engine: string, address: string): Promise<Broker> {
  const make = BROKERS[engine]
  if (make === undefined) throw new Error(`there is no broker for ${engine}`)
  return make(address)
}

/** Outages are what is measured: the application tells of them. */
function quiet<Client extends { on(event: 'error', listener: () => void): unknown }>(client: Client): Client {
  client.on('error', () => {})
  return client
}
