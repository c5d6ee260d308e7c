import type { Broker } from '@linkspan/core'
import type { EngineName } from './engine-names.js'

/** A way to the engine, as a node has one. */
export interface Way {
  readonly broker: Broker
  /** Ends what the broker left as it was. */
  close(): void
}

/** Where an engine is reached: its own ports, and those of the networks before them, in the same order. */
export interface Address {
  readonly own: readonly number[]
  readonly through: readonly number[]
}

/** A node loads the client of its own engine only. All are told to notice within seconds that nothing answers. */
export const brokers: Readonly<Record<EngineName, (address: Address) => Promise<Way>>> = {
  redis: async ({ through: [port = 0] }) => {
    const { redisBroker } = await import('@linkspan/redis')
    const { Redis } = await import('ioredis')
    const redis = new Redis(port, '127.0.0.1')
    redis.on('error', () => {})
    const broker = redisBroker(redis, { probeInterval: 500, timeout: 1_500 })
    return { broker, close: () => redis.disconnect() }
  },

  nats: async ({ through: [port = 0] }) => {
    const { natsBroker } = await import('@linkspan/nats')
    const { connect } = await import('@nats-io/transport-node')
    const options = { port, maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 100 }
    const broker = natsBroker(() => connect({ ...options, pingInterval: 1_000, timeout: 2_000 }))
    return { broker, close: () => {} }
  },

  rabbitmq: async ({ through: [port = 0] }) => {
    const { rabbitmqBroker } = await import('@linkspan/rabbitmq')
    const { connect } = await import('amqplib')
    const url = `amqp://127.0.0.1:${port}?heartbeat=2`
    const broker = rabbitmqBroker(() => connect(url, { noDelay: true, timeout: 5_000 }), {
      reconnect: { max: 1_000 },
    })
    return { broker, close: () => {} }
  },

  kafka: async ({ own, through }) => {
    const { kafkaBroker } = await import('@linkspan/kafka')
    const { Kafka, logLevel } = await import('kafkajs')
    const { connect } = await import('node:net')
    const kafka = new Kafka({
      clientId: 'reliability',
      brokers: own.map((port) => `127.0.0.1:${port}`),
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3_000,
      retry: { retries: 2, initialRetryTime: 50 },
      // Kafka tells its own addresses: each of them is reached through the network that stands for it.
      socketFactory: ({ port, onConnect }) =>
        connect({ host: '127.0.0.1', port: through[own.indexOf(port)] ?? port }, onConnect),
    })
    return { broker: kafkaBroker(kafka, { fetchWait: 50, interval: 500, timeout: 3_000 }), close: () => {} }
  },
}
