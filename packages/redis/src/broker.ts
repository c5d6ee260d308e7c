import {
  type Broker,
  type BrokerLink,
  badOption,
  type Clock,
  MAX_DELAY,
  systemClock,
  whole,
} from '@linkspan/core'
import type { RedisBrokerClient } from './broker-client.js'
import type { Engine } from './broker-engine.js'
import { ioredisClusterEngine, ioredisEngine } from './broker-ioredis.js'
import { RedisLink } from './broker-link.js'
import { nodeRedisClusterEngine, nodeRedisEngine } from './broker-node-redis.js'

/**
 * What a broker over Redis can be told.
 *
 * @example
 * redisBroker(redis, { sharded: true })
 */
export interface RedisBrokerOptions {
  /** Sharded pub/sub (SSUBSCRIBE, SPUBLISH), of Redis 7: in a cluster a message goes to one shard only. Default: false. */
  readonly sharded?: boolean
  /** The largest payload, in bytes, 65,536 to 16,777,216. Default: 1,048,576. */
  readonly maxPayload?: number
  /**
   * Bytes that the client may have without an answer, given up or not, before more are refused at once; one payload
   * always goes. 65,536 or more. Default: 16,777,216.
   */
  readonly maxPending?: number
  /**
   * How often each connection is asked whether it still carries anything, in milliseconds, 100 to 2,147,483,647; in a
   * cluster also whether slots have moved. Default: 3,000.
   */
  readonly probeInterval?: number
  /** How long connecting, or an answer to a probe, may take, in milliseconds, 10 to 2,147,483,647. Default: 3,000. */
  readonly timeout?: number
  /** Default: the platform's. */
  readonly clock?: Clock
}

/**
 * Carries what nodes say to each other over pub/sub of Redis: at most once, to whoever is connected. The client publishes,
 * and stays yours; what subscribes is a duplicate of it, a connection for each application, ended by `close`.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`; TypeError for what is no client
 *
 * @example
 * const redis = new Redis()
 * linkspan({ broker: redisBroker(redis) })
 */
export function redisBroker(client: RedisBrokerClient, options: RedisBrokerOptions = {}): Broker {
  const { sharded = false, maxPayload = 1_048_576, maxPending = 16_777_216 } = options
  const { probeInterval = 3_000, timeout = 3_000, clock = systemClock } = options
  if (typeof sharded !== 'boolean') throw badOption('sharded takes true or false.')
  const bounds = {
    maxPayload: whole('maxPayload', maxPayload, 65_536, 16_777_216),
    maxPending: whole('maxPending', maxPending, 65_536, Number.MAX_SAFE_INTEGER),
  }
  const times = {
    every: whole('probeInterval', probeInterval, 100, MAX_DELAY),
    timeout: whole('timeout', timeout, 10, MAX_DELAY),
    clock,
  }
  const engine = engineOf(client, sharded)
  return { open: (sink): BrokerLink => new RedisLink(engine, sink, times, bounds) }
}

function engineOf(client: RedisBrokerClient, sharded: boolean): Engine {
  if ('call' in client && typeof client.call === 'function') {
    return 'nodes' in client ? ioredisClusterEngine(client, sharded) : ioredisEngine(client, sharded)
  }
  if ('masters' in client) return nodeRedisClusterEngine(client, sharded)
  if ('sendCommand' in client && typeof client.sendCommand === 'function') {
    return nodeRedisEngine(client, sharded)
  }
  throw new TypeError('redisBroker takes a client of ioredis or of node-redis (the package redis).')
}
