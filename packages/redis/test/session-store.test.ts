import { redisStore } from '@linkspan/redis'
import { VirtualClock } from '@linkspan/testing'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownRedis } from './redis-server.js'

describe('redisStore', () => {
  const server = ownRedis()
  let redis: Redis
  beforeEach(() => {
    redis = new Redis(server().port, '127.0.0.1')
  })
  afterEach(() => redis.disconnect())

  it('keeps a session in one hash, with its end in it and upon it', async () => {
    const store = redisStore(redis, { prefix: 'shop:' })
    await store.save('abc', 'first', { version: 0, ttl: 60_000 })
    await store.save('abc', 'second', { version: 1, ttl: 90_000 })
    const hash = await redis.hgetall('shop:{abc}')
    expect(hash).toEqual({ sessionId: 'abc', data: 'second', version: '2', expiresAt: expect.any(String) })
    expect(await redis.pexpiretime('shop:{abc}')).toBe(Number(hash['expiresAt']))
    await store.touch('abc', 30_000)
    expect(await redis.hget('shop:{abc}', 'expiresAt')).toBe(String(await redis.pexpiretime('shop:{abc}')))
    expect(await redis.keys('shop:*')).toEqual(['shop:{abc}'])
  })

  it('asks once for each call, and never looks for keys', async () => {
    const store = redisStore(redis)
    await store.save('warm', 'up', { version: 0, ttl: 60_000 })
    await store.load('warm')
    await store.touch('warm', 60_000)
    await redis.config('RESETSTAT')
    await store.load('warm')
    await store.save('warm', 'again', { version: 1, ttl: 60_000 })
    await store.touch('warm', 60_000)
    await store.destroy('warm')
    const stats = await redis.info('commandstats')
    const calls = (name: string): number =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    expect({ scripts: calls('evalsha'), del: calls('del') }).toEqual({ scripts: 3, del: 1 })
    expect(calls('eval') + calls('keys') + calls('scan')).toBe(0)
  })

  it('goes on after Redis has forgotten its scripts', async () => {
    const store = redisStore(redis)
    await store.save('forgotten', 'first', { version: 0, ttl: 60_000 })
    await redis.script('FLUSH')
    expect(await store.load('forgotten')).toMatchObject({ data: 'first', version: 1 })
  })

  it('tells what kind of failure it was, and nothing of what was asked', async () => {
    await redis.set('linkspan:session:{text}', 'no hash')
    const store = redisStore(redis)
    await expect(store.load('text')).rejects.toThrow(/^Redis failed: (WRONGTYPE|ERR)\.$/)
    await expect(store.load('\ud800')).rejects.toThrow('well-formed')
    const gone = redisStore(
      new Redis(1, '127.0.0.1', { lazyConnect: true, enableOfflineQueue: false }).on('error', () => {}),
    )
    await expect(gone.load('a secret id')).rejects.toSatisfy(
      (error: Error) => error.message.startsWith('Redis failed:') && !error.message.includes('secret'),
    )
  })

  it('gives calls up at their deadline, and refuses more while the client is stuck with them', async () => {
    const clock = new VirtualClock()
    const stuck = { call: () => new Promise<never>(() => {}) }
    const store = redisStore(stuck, { timeout: 200, maxPending: 2, clock })
    const calls = [store.load('a'), store.destroy('b')].map((call) =>
      call.catch((error: Error) => error.message),
    )
    await expect(store.load('c')).rejects.toThrow('2 commands wait')
    await clock.advance(200)
    expect(await Promise.all(calls)).toEqual(Array(2).fill('Redis did not answer within 200 ms.'))
    await expect(store.load('d')).rejects.toThrow('2 commands wait')
    expect(clock.pending).toBe(0)
  })

  it.each([{ timeout: 0 }, { maxPending: 0.5 }, { prefix: 'a{b' }, { prefix: '\ud800' }])(
    'does not take %j',
    (options) => {
      expect(() => redisStore(redis, options)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
    },
  )

  it('does not take what is no client', () => {
    expect(() => redisStore({} as Redis)).toThrow(TypeError)
  })
})

describe('redisStore in a cluster', () => {
  const server = ownRedis('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
  let slots: Promise<unknown> | undefined
  beforeEach(async () => {
    const redis = new Redis(server().port, '127.0.0.1')
    slots ??= redis.cluster('ADDSLOTSRANGE', 0, 16_383)
    await slots
    await expect.poll(() => redis.cluster('INFO'), { timeout: 8_000 }).toContain('cluster_state:ok')
    redis.disconnect()
  })

  it('works with ioredis', async () => {
    const cluster = new Cluster([{ port: server().port, host: '127.0.0.1' }])
    const store = redisStore(cluster)
    for (const id of ['one', 'two', '}{', '']) {
      expect(await store.save(id, id, { version: 0, ttl: 60_000 })).toBe('saved')
      expect(await store.load(id)).toMatchObject({ data: id })
      expect(await store.touch(id, 30_000)).toBe(true)
      expect(await store.destroy(id)).toBe(true)
    }
    cluster.disconnect()
  })

  it('works with node-redis', async () => {
    const cluster = await createCluster({
      rootNodes: [{ url: `redis://127.0.0.1:${server().port}` }],
    }).connect()
    const store = redisStore(cluster)
    for (const id of ['one', 'two', '}{', '']) {
      expect(await store.save(id, id, { version: 0, ttl: 60_000 })).toBe('saved')
      expect(await store.load(id)).toMatchObject({ data: id })
      expect(await store.touch(id, 30_000)).toBe(true)
      expect(await store.destroy(id)).toBe(true)
    }
    cluster.destroy()
  })
})
