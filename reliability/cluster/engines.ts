import { MockCluster, missing as noKafka } from '../../packages/kafka/test/mock-cluster.js'
import { NatsServer, missing as noNats } from '../../packages/nats/test/nats-server.js'
import { missing as noRabbitmq, RabbitmqServer } from '../../packages/rabbitmq/test/rabbitmq-server.js'
import { missing as noRedis, RedisServer } from '../../packages/redis/test/redis-server.js'
import type { EngineName } from './engine-names.js'
import type { FaultKind } from './history.js'

/** An engine in a process of its own. */
export interface Engine {
  /** Where clients connect to. */
  readonly ports: readonly number[]
  /** What cannot be done to it, and why. */
  readonly spared: Partial<Record<FaultKind, string>>
  pause(): Promise<void> | void
  resume(): void
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Why an engine is not on this machine. */
export const missing: Readonly<Record<EngineName, string | undefined>> = {
  redis: noRedis,
  nats: noNats,
  rabbitmq: noRabbitmq,
  kafka: noKafka,
}

export const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  redis: async () => {
    const server = await RedisServer.start()
    return served(server, () => server.restart())
  },

  nats: async () => {
    const server = await NatsServer.start()
    return served(server, () => server.run())
  },

  rabbitmq: async () => {
    const server = await RabbitmqServer.make()
    try {
      await server.start()
    } catch (thrown) {
      await server.stop()
      throw thrown
    }
    return served(server, () => server.start())
  },

  kafka: async () => {
    const cluster = await MockCluster.start()
    const never = (): Promise<void> => Promise.reject(new Error('the mock cluster cannot be started again'))
    return {
      ports: cluster.brokers.map((address) => Number(address.slice(address.lastIndexOf(':') + 1))),
      spared: {
        'engine killed':
          "librdkafka's mock cluster keeps its log in memory, and comes back elsewhere: it is no Kafka",
      },
      pause: () => cluster.pause(),
      resume: () => cluster.resume(),
      kill: never,
      restart: never,
      stop: () => cluster.stop(),
    }
  },
}

/** A server to which everything can be done. */
function served(
  server: Pick<Engine, 'pause' | 'resume' | 'kill' | 'stop'> & { readonly port: number },
  restart: () => Promise<void>,
): Engine {
  return {
    ports: [server.port],
    spared: {},
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    restart,
    stop: () => server.stop(),
  }
}
