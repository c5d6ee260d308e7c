import { spawnSync } from 'node:child_process'
import { MockCluster } from '../../packages/kafka/test/mock-cluster.js'
import { NatsServer } from '../../packages/nats/test/nats-server.js'
import { RabbitmqServer } from '../../packages/rabbitmq/test/rabbitmq-server.js'
import { RedisServer } from '../../packages/redis/test/redis-server.js'
import { PlainCluster } from './redis-cluster.js'

/** A running engine, in processes of its own. */
export interface Engine {
  /** What nodes are told, to find it. */
  readonly address: string
  /** Ends it as a crash does; absent where it cannot come back. */
  kill?(): Promise<void>
  /** Starts it again; resolves when it serves. */
  restart?(): Promise<void>
  /** It takes what it is sent, and answers nothing. */
  pause?(): void | Promise<void>
  resume?(): void
  stop(): Promise<void>
}

/** An engine that can be started here. */
export interface Candidate {
  readonly id: string
  readonly title: string
  /** Its programs tell what they are; `undefined`: not installed here. */
  version(): string | undefined
  start(): Promise<Engine>
}

/** Every engine with every client, in the order of the tables. */
export const CANDIDATES: readonly Candidate[] = [
  {
    id: 'memory',
    title: 'memory, one process',
    version: () => '',
    start: async () => ({ address: '', stop: async () => {} }),
  },
  { id: 'redis-ioredis', title: 'Redis, ioredis', version: redisVersion, start: startRedis },
  { id: 'redis-node-redis', title: 'Redis, node-redis', version: redisVersion, start: startRedis },
  {
    id: 'redis-sharded',
    title: 'Redis Cluster of 3, sharded, ioredis',
    version: redisVersion,
    start: () => PlainCluster.start(),
  },
  {
    id: 'nats',
    title: 'NATS',
    version: () => told('nats-server', ['--version'], /v([\d.]+)/, 'nats-server'),
    start: async () => {
      const server = await NatsServer.start()
      return {
        address: String(server.port),
        kill: () => server.kill(),
        restart: () => server.run(),
        pause: () => server.pause(),
        resume: () => server.resume(),
        stop: () => server.stop(),
      }
    },
  },
  {
    id: 'rabbitmq',
    title: 'RabbitMQ',
    version: () => told('dpkg-query', ['-W', 'rabbitmq-server'], /\s([\d.]+)/, 'RabbitMQ'),
    start: async () => {
      const server = await RabbitmqServer.make()
      await server.start()
      return {
        address: server.url(server.port, 5),
        kill: () => server.kill(),
        restart: () => server.start(),
        pause: () => server.pause(),
        resume: () => server.resume(),
        stop: () => server.stop(),
      }
    },
  },
  {
    id: 'kafka',
    title: 'Kafka: librdkafka’s mock cluster',
    version: () => told('kcat', ['-V'], /librdkafka ([\d.]+)/, 'librdkafka'),
    start: async () => {
      const cluster = await MockCluster.start()
      // Its log is in memory: what comes back after a kill is another cluster.
      return {
        address: cluster.brokers.join(),
        pause: () => cluster.pause(),
        resume: () => cluster.resume(),
        stop: () => cluster.stop(),
      }
    },
  },
]

async function startRedis(): Promise<Engine> {
  const server = await RedisServer.start()
  return {
    address: String(server.port),
    kill: () => server.kill(),
    restart: () => server.restart(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    stop: () => server.stop(),
  }
}

function redisVersion(): string | undefined {
  return told('redis-server', ['--version'], /v=([\d.]+)/, 'Redis')
}

/** The name and version that a program tells of itself; `undefined` where there is none. */
function told(program: string, args: readonly string[], version: RegExp, name: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined || status !== 0) return undefined
  return `${name} ${version.exec(stdout + stderr)?.[1] ?? 'of unknown version'}`
}
