import { once } from 'node:events'
import { linkspan } from '@linkspan/core'
import { type RateLimitOptions, rateLimit, redisRateStore } from '@linkspan/guard'
import { memoryHost, type Peer, VirtualClock } from '@linkspan/testing'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { tcpProxy } from './rate-limit.proxy.js'

const PORT = 6379
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A name that no other test has; its keys are deleted afterwards. */
function named(): string {
  const name = `test-${crypto.randomUUID()}`
  cleanups.push(async () => {
    const redis = new Redis(PORT, '127.0.0.1')
    for (const key of await redis.keys(`linkspan:rate:${name}:*`)) await redis.del(key)
    redis.disconnect()
  })
  return name
}

/** A client of Redis, of whose broken connections nobody wants to hear. */
async function client(port: number): Promise<Redis> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 10 }).on('error', () => {})
  cleanups.push(async () => redis.disconnect())
  await once(redis, 'ready')
  return redis
}

/** One node of several that share a store. */
async function node(redis: Redis, options: RateLimitOptions) {
  const clock = new VirtualClock()
  const log: string[] = []
  const write = (_: object, message: string) => void log.push(message)
  const logger = { debug: write, info: write, warn: write, error: write }
  const limits = rateLimit({ clock, logger, store: redisRateStore(redis), ...options })
  const app = linkspan({ origin: '*', clock, heartbeat: false })
    .use(limits)
    .message(limits.messages)
    .message((conn, message) => {
      conn.send(message)
    })
  const host = await memoryHost(app)
  cleanups.push(() => host.close())
  const status = async () => {
    const answer = await host.connect().answer
    return answer.upgraded ? 101 : answer.status
  }
  const peer = async (): Promise<Peer> => {
    const answer = await host.connect().answer
    if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
    return answer.peer
  }
  return { app, clock, host, limits, log, status, peer }
}

describe('a rate limit with Redis', () => {
  it('holds for all nodes together, and its keys expire', async () => {
    const redis = await client(PORT)
    const name = named()
    const options = { name, handshakes: { points: 3, per: 60_000 } }
    const [one, two] = [await node(redis, options), await node(redis, options)]
    expect([await one.status(), await two.status(), await one.status()]).toEqual([101, 101, 101])
    const answer = await two.host.connect().answer
    expect(answer.upgraded).toBe(false)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
    const key = `linkspan:rate:${name}:handshakes:a:127.0.0.1`
    expect(await redis.get(key)).toBe('4')
    expect(await redis.pttl(key)).toBeGreaterThan(50_000)
  })

  it('counts the messages of a tenant on all nodes', async () => {
    const redis = await client(PORT)
    const options: RateLimitOptions = {
      name: named(),
      messages: { points: 3, per: 60_000, by: () => 'acme' },
    }
    const [one, two] = [await (await node(redis, options)).peer(), await (await node(redis, options)).peer()]
    one.sendBurst(['a', 'b'])
    expect([await one.next(), await one.next()]).toEqual(['a', 'b'])
    two.sendBurst(['c', 'd'])
    expect(await two.next()).toBe('c')
    expect((await two.closed).code).toBe(4101)
    one.send('e')
    expect((await one.closed).code).toBe(4101)
  })

  it('that is cut off limits by itself, closes nothing, and shares again when it is back', async () => {
    const proxy = await tcpProxy(PORT)
    cleanups.push(() => proxy.close())
    const redis = await client(proxy.port)
    const { app, clock, limits, log, status, peer } = await node(redis, {
      name: named(),
      handshakes: { points: 3, per: 60_000 },
      messages: { points: 4, per: 60_000, by: 'subject' },
    })
    const live = await peer()
    live.send('a')
    expect(await live.next()).toBe('a')

    const lost = once(redis, 'close')
    proxy.set('cut')
    await lost
    live.send('b')
    expect(await live.next()).toBe('b')
    expect([await status(), await status(), await status()]).toEqual([101, 101, 429])
    expect(app.connections.size).toBe(3)
    expect(limits.stats().storeFailures).toBeGreaterThan(0)

    const back = once(redis, 'ready')
    proxy.set('open')
    await back
    await clock.advance(20_000)
    expect(await status()).toBe(101)
    expect(log).toEqual([
      'linkspan: the store of the rate limits does not answer: each node limits by itself',
      'linkspan: the store of the rate limits answers again',
    ])
  })

  it('that stalls holds a handshake and a message for the deadline at most', async () => {
    const proxy = await tcpProxy(PORT)
    cleanups.push(() => proxy.close())
    const redis = await client(proxy.port)
    const { app, clock, limits, status, peer } = await node(redis, {
      name: named(),
      handshakes: { points: 9, per: 60_000 },
      messages: { points: 9, per: 60_000, by: 'address' },
      deadline: 200,
    })
    const live = await peer()
    proxy.set('stalled')
    live.send('a')
    const handshake = status()
    await clock.advance(199)
    expect(live.received).toBe(0)
    await clock.advance(1)
    expect([await live.next(), await handshake]).toEqual(['a', 101])
    expect(await status()).toBe(101)
    expect(app.connections.size).toBe(3)
    expect(limits.stats().storeFailures).toBe(2)
  })
})
