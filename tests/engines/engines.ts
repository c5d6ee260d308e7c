import { connect as dial } from 'node:net'
import type { Broker } from '@linkspan/core'
import { natsBroker } from '@linkspan/nats'
import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { redisBroker } from '@linkspan/redis'
import { connect as nats } from '@nats-io/transport-node'
import { connect as rabbitmq } from 'amqplib'
import { Redis } from 'ioredis'
import { ownNats } from '../../packages/nats/test/nats-server.js'
import { ownRabbitmq } from '../../packages/rabbitmq/test/rabbitmq-server.js'
import { ownRedis } from '../../packages/redis/test/redis-server.js'

/** An engine that nodes of an application can talk through. */
export interface Engine {
  readonly name: string
  /** Called where tests are declared: what answers at the engine's own port, or else a server of these tests. */
  at(): () => number
  /** A broker of one node, and what ends the client that it was given. */
  broker(port: number): { readonly broker: Broker; end(): void }
}

const nothing = (): void => {}

/** The engines that are run as servers. What notices that they are away is set to be quick about it. */
export const engines: readonly Engine[] = [
  {
    name: 'Redis',
    at: await place(6379, ownRedis),
    broker(port) {
      const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 })
      client.on('error', nothing)
      return { broker: redisBroker(client, { probeInterval: 500 }), end: () => client.disconnect() }
    },
  },
  {
    name: 'RabbitMQ',
    at: await place(5672, ownRabbitmq),
    broker(port) {
      const url = `amqp://127.0.0.1:${port}?heartbeat=5`
      const connect = () => rabbitmq(url, { noDelay: true, timeout: 20_000 })
      return { broker: rabbitmqBroker(connect, { reconnect: { max: 100 } }), end: nothing }
    },
  },
  {
    name: 'NATS',
    at: await place(4222, ownNats),
    broker(port) {
      const options = { port, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 20 }
      return { broker: natsBroker(() => nats(options)), end: nothing }
    },
  },
]

async function place(port: number, own: () => () => { readonly port: number }): Promise<() => () => number> {
  if (await answers(port)) return () => () => port
  return () => {
    const server = own()
    return () => server().port
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = dial(port, '127.0.0.1')
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
  } finally {
    socket.destroy()
  }
}
