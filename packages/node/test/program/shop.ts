// A server as a process of its own, with sessions in a Redis that other processes share; each message is one visit more,
// and answered with how many there were. TRANSPORT: a name of serve.ts. REDIS: its port. TTL: in ms.

import { createRequire } from 'node:module'
import { linkspan } from '@linkspan/core'
import { shutdown } from '@linkspan/node'
import { redisStore } from '../../../redis/src/index.js'
import { session } from '../../../session/src/index.js'
import { say } from './say.js'
import { transports } from './serve.js'

const { TRANSPORT = 'ws', REDIS, TTL = '600000', GRACE = '8000', NOTICE = '0', RETRY_AFTER } = process.env
const serve = transports[TRANSPORT]
if (serve === undefined || REDIS === undefined) throw new Error('TRANSPORT or REDIS is none of ours')

type Client = Parameters<typeof redisStore>[0] & { quit(): Promise<unknown> }
// The client is that package's, not this one's.
const { Redis } = createRequire(new URL('../../../redis/package.json', import.meta.url))('ioredis') as {
  readonly Redis: new (port: number, host: string) => Client
}
const redis = new Redis(Number(REDIS), '127.0.0.1')
const sessions = session<{ visits: number }>({
  store: redisStore(redis),
  ttl: Number(TTL),
  timeout: 5_000,
  initial: () => ({ visits: 0 }),
})
const app = linkspan({ handshakeTimeout: 10_000 })
  .use(sessions)
  .message((conn) => {
    const { session: mine } = conn.data
    mine.set('visits', mine.get('visits') + 1)
    conn.send(String(mine.get('visits')))
  })

const { server, port } = await serve(app)
let unsaved = -1
const stopping = shutdown({
  apps: [app],
  servers: [server],
  close: {
    sessions: async () => {
      unsaved = (await sessions.flush()).unsaved
    },
    redis: () => redis.quit(),
  },
  grace: Number(GRACE),
  notice: Number(NOTICE),
  ...(RETRY_AFTER === undefined ? {} : { drain: { retryAfter: Number(RETRY_AFTER) } }),
})
void stopping.done.then(({ clean, connections }) => say({ clean, connections, unsaved }))
say({ port })
