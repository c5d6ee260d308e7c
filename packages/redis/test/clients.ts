import type { RedisClient } from '@linkspan/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** A client, and how it is ended. */
export interface Connected {
  readonly client: RedisClient
  end(): Promise<void>
}

/** Connects with each of the two packages: a client that does not complain of a Redis that goes away. */
export const packages: Readonly<Record<string, (port: number) => Promise<Connected>>> = {
  ioredis: async (port) => {
    const client = new Redis(port, '127.0.0.1')
    client.on('error', () => {})
    return { client, end: async () => client.disconnect() }
  },
  'node-redis': async (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {})
    await client.connect()
    return { client, end: async () => client.destroy() }
  },
  'node-redis with RESP2': async (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2 })
    client.on('error', () => {})
    await client.connect()
    return { client, end: async () => client.destroy() }
  },
}
