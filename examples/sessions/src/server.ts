import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { redisStore } from '@linkspan/redis'
import { memoryStore } from '@linkspan/session'
import { attach } from '@linkspan/ws'
import { Redis } from 'ioredis'
import { counter } from './counter.js'

// With REDIS_URL sessions outlive this process, and several of them share them.
const url = process.env['REDIS_URL']
const redis = url === undefined ? undefined : new Redis(url)
const { app, sessions } = counter(redis === undefined ? memoryStore() : redisStore(redis))

const server = createServer()
attach(server, app, { path: '/count' })
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/count`)
})

// In this order: nobody changes a session any more, then all are written, then their store goes.
async function stop(): Promise<void> {
  await app.drain({ grace: 5_000 })
  const { unsaved } = await sessions.flush()
  if (unsaved > 0) console.error(`${unsaved} sessions could not be written`)
  redis?.disconnect()
  server.close()
}
process.once('SIGTERM', () => void stop())
