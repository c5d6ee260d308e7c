export { type RedisBrokerOptions, redisBroker } from './broker.js'
export type {
  BufferListener,
  IoRedisNode,
  IoRedisNodes,
  NodeRedisMaster,
  NodeRedisNode,
  NodeRedisNodes,
  RedisBrokerClient,
} from './broker-client.js'
export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from './client.js'
export type { CommandOptions } from './commands.js'
export { type RedisStoreOptions, redisStore } from './session-store.js'
export { type RedisTickets, type RedisTicketsOptions, redisTickets } from './ticket-store.js'
