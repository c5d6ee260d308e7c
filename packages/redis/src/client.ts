/**
 * ioredis: a `Redis` or a `Cluster`.
 *
 * @example
 * const client: IoRedisClient = new Redis('redis://localhost')
 */
export interface IoRedisClient {
  call(...command: [name: string, ...args: string[]]): Promise<unknown>
}

/**
 * node-redis: what `createClient` makes, connected.
 *
 * @example
 * const client: NodeRedisClient = await createClient().connect()
 */
export interface NodeRedisClient {
  sendCommand(command: readonly string[]): Promise<unknown>
}

/**
 * node-redis: what `createCluster` makes, connected.
 *
 * @example
 * const client: NodeRedisCluster = await createCluster({ rootNodes }).connect()
 */
export interface NodeRedisCluster {
  readonly masters: readonly unknown[]
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    command: string[],
  ): Promise<unknown>
}

/** A client of ioredis 5 or 6, or of node-redis 5 or 6. It stays yours: connect it, listen to its `error`, end it. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster

/** Sends one command, which is about one key. */
export type Send = (key: string, command: readonly [name: string, ...args: string[]]) => Promise<unknown>

/** @throws TypeError where it is no such client */
export function senderOf(client: RedisClient): Send {
  if ('call' in client && typeof client.call === 'function') {
    return (_key, command) => client.call(...command)
  }
  if ('masters' in client) return (key, command) => client.sendCommand(key, false, [...command])
  if ('sendCommand' in client && typeof client.sendCommand === 'function') {
    return (_key, command) => client.sendCommand(command)
  }
  throw new TypeError('redis takes a client of ioredis or of node-redis (the package redis).')
}
