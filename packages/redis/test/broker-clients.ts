import type { RedisBrokerClient } from '@linkspan/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'

/** A client as an application has one, which does not complain of a Redis that goes away. */
export interface HandedIn {
  readonly client: RedisBrokerClient
  /** Uses it; rejects where it was ended. */
  works(): Promise<void>
  /** How many listeners it has. */
  listeners(): number
  end(): void
}

export type Connect = (ports: readonly number[]) => HandedIn

const LISTENED = [
  'ready',
  'connect',
  'close',
  'end',
  'reconnecting',
  'terminated',
  'disconnect',
  'error',
  'message',
]

interface Emitter {
  listenerCount(event: string): number
}

function counted(client: Emitter): number {
  return LISTENED.reduce((sum, event) => sum + client.listenerCount(event), 0)
}

function ioredis(client: Redis | Cluster): HandedIn {
  client.on('error', () => {})
  return {
    client,
    works: async () => {
      await client.get('a key')
    },
    listeners: () => counted(client),
    end: () => client.disconnect(),
  }
}

function nodeRedis(RESP: 2 | 3): Connect {
  return ([port]) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP })
    client.on('error', () => {})
    client.connect().catch(() => {})
    return {
      client,
      works: async () => {
        await client.get('a key')
      },
      listeners: () => counted(client),
      end: () => client.destroy(),
    }
  }
}

/** Clients of one Redis, connecting. */
export const clients: Readonly<Record<string, Connect>> = {
  ioredis: ([port = 0]) => ioredis(new Redis(port, '127.0.0.1')),
  'ioredis with RESP2': ([port = 0]) => ioredis(new Redis(port, '127.0.0.1', { protocol: 2 })),
  'node-redis': nodeRedis(3),
  'node-redis with RESP2': nodeRedis(2),
}

/** Clients of a cluster, connecting. */
export const clusters: Readonly<Record<string, Connect>> = {
  ioredis: (ports) => ioredis(new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })))),
  'node-redis': (ports) => {
    const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
    client.on('error', () => {})
    // Unlike a single one, this client does not try again what never stood.
    const connect = (): void => {
      client.connect().catch(() => {
        if (!ended) setTimeout(connect, 50)
      })
    }
    let ended = false
    connect()
    return {
      client,
      works: async () => {
        await client.get('a key')
      },
      listeners: () => counted(client),
      end: () => {
        ended = true
        client.destroy()
      },
    }
  },
}
