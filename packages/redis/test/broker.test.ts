import { type RedisBrokerOptions, redisBroker } from '@linkspan/redis'
import { VirtualClock } from '@linkspan/testing'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { clients, type HandedIn } from './broker-clients.js'
import { QUICK } from './broker-host.js'
import { Node } from './broker-node.js'
import { missing, ownRedis, RedisServer } from './redis-server.js'

const BYTES = Buffer.from('hello')

describe.each(Object.entries(clients))('redisBroker with %s', { timeout: 30_000 }, (_name, connect) => {
  const redis = ownRedis('--client-output-buffer-limit', 'pubsub', '2mb', '0', '0')
  let direct: Redis
  const opened: (() => Promise<void> | void)[] = []
  beforeEach(() => {
    direct = new Redis(redis().port, '127.0.0.1')
    direct.on('error', () => {})
  })
  afterEach(async () => {
    direct.disconnect()
    for (const end of opened.splice(0).reverse()) await end()
  })

  function join(port: number, options: RedisBrokerOptions = {}): { node: Node; handedIn: HandedIn } {
    const handedIn = connect([port])
    const node = new Node(redisBroker(handedIn.client, { ...QUICK, ...options }))
    opened.push(
      () => handedIn.end(),
      () => node.link.close(),
    )
    return { node, handedIn }
  }

  async function network(to: number): Promise<FaultProxy> {
    const proxy = await FaultProxy.to(to)
    opened.push(() => proxy.close())
    return proxy
  }

  it('a Redis that crashes and comes back is a down and an up, and says that something may be missed', async () => {
    const own = await RedisServer.start()
    opened.push(() => own.stop())
    const { node } = join(own.port)
    await node.has('up')
    await node.link.subscribe('a')
    await own.kill()
    await node.has('up', 'down')
    expect(node.errors[0]).toMatchObject({ code: 'LINKSPAN_BROKER' })
    await expect(node.link.publish('a', BYTES)).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
    await expect(node.link.subscribe('a')).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
    await own.restart()
    await node.has('up', 'down', 'up')
    await node.link.subscribe('a')
    await node.link.publish('a', BYTES)
    await node.hears('hello')
  })

  it('a Redis that hangs is told as down, and comes back when it goes on', async () => {
    const own = await RedisServer.start()
    opened.push(() => own.stop())
    const { node } = join(own.port, { timeout: 1_000 })
    await node.has('up')
    own.pause()
    await node.has('up', 'down')
    own.resume()
    await vi.waitUntil(() => node.told.at(-1) !== 'down', { timeout: 9_000 })
    await vi.waitUntil(
      () =>
        node.link.subscribe('a').then(
          () => true,
          () => false,
        ),
      { timeout: 9_000 },
    )
    await vi.waitUntil(
      () =>
        node.link.publish('a', BYTES).then(
          () => true,
          () => false,
        ),
      { timeout: 9_000 },
    )
    await node.hears('hello')
  })

  it('a killed subscriber is a down and an up, though the publisher stands', async () => {
    const { node, handedIn } = join(redis().port)
    await node.has('up')
    await node.link.subscribe('a')
    await direct.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
    await node.has('up', 'down', 'up')
    await handedIn.works()
    await node.link.subscribe('a')
    await node.link.publish('a', BYTES)
    await node.hears('hello')
  })

  it('a killed publisher is a down and an up with nothing missed, as the subscriber stood', async () => {
    const { node } = join(redis().port)
    await node.has('up')
    await node.link.subscribe('a')
    await direct.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES')
    await direct.publish('a', 'meanwhile')
    await node.hears('meanwhile')
    await node.has('up', 'down', 'recovered')
  })

  it('a subscriber whose output buffer overflows is a down and an up', async () => {
    const proxy = await network(redis().port)
    const slow = connect([proxy.port])
    const node = new Node(redisBroker(slow.client, { ...QUICK, probeInterval: 60_000 }))
    opened.push(
      () => slow.end(),
      () => node.link.close(),
    )
    await node.has('up')
    await node.link.subscribe('a')
    proxy.stall()
    const megabyte = Buffer.alloc(1_048_576)
    await vi.waitUntil(async () => (await direct.publish('a', megabyte)) === 0, {
      timeout: 9_000,
      interval: 1,
    })
    proxy.pass()
    await node.has('up', 'down', 'up')
  })

  it('a network that carries nothing is noticed by the probe, at its deadline', async () => {
    const proxy = await network(redis().port)
    const clock = new VirtualClock()
    const { node } = join(proxy.port, { clock, probeInterval: 10_000, timeout: 2_000 })
    await node.has('up')
    for (const text of ['one', 'two', 'three']) {
      await clock.advance(10_000)
      // Behind the questions of the probes, on both connections: those are answered too.
      await node.link.subscribe('a')
      await node.link.publish('a', Buffer.from(text))
      await node.hears(text)
    }
    expect(node.told).toEqual(['up'])
    proxy.stall()
    await clock.advance(11_999)
    expect(node.told).toEqual(['up'])
    await clock.advance(1)
    expect(node.told).toEqual(['up', 'down'])
    expect(node.errors[0]?.message).toMatch(/does not answer|said nothing for 2000 ms/)
  })

  it('publishes without an answer are bounded, and refused beyond', async () => {
    const proxy = await network(redis().port)
    const { node } = join(proxy.port, { maxPending: 65_536, probeInterval: 60_000 })
    await node.has('up')
    proxy.stall()
    const first = node.link.publish('a', Buffer.alloc(65_536))
    first.catch(() => {})
    await expect(node.link.publish('a', BYTES)).rejects.toThrow('65536 bytes wait for Redis already')
    proxy.pass()
    await first
    await node.link.publish('a', BYTES)
  })

  it('a publish in flight when the connection is lost rejects, and is not kept', async () => {
    const proxy = await network(redis().port)
    const { node } = join(proxy.port, { probeInterval: 60_000 })
    await node.has('up')
    proxy.stall()
    const lost = expect(node.link.publish('a', BYTES)).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
    proxy.refuse()
    await lost
    await node.has('up', 'down')
    proxy.pass()
    await node.has('up', 'down', 'up')
  })

  it('a client that is away from the start is told as down, once, and then as up', async () => {
    const proxy = await network(redis().port)
    proxy.refuse()
    const { node } = join(proxy.port)
    await node.has('down')
    proxy.pass()
    await node.has('down', 'up')
  })

  it('leaves the client as it is, with no listener and no connection of its own', async () => {
    const { node, handedIn } = join(redis().port)
    const before = handedIn.listeners()
    await node.has('up')
    const other = new Node(redisBroker(handedIn.client, QUICK))
    await other.has('up')
    const connections = async (): Promise<number> =>
      String(await direct.client('LIST'))
        .trim()
        .split('\n').length
    const open = await connections()
    await other.link.close()
    await vi.waitUntil(async () => (await connections()) === open - 1)
    expect(handedIn.listeners()).toBe(before)
    await handedIn.works()
  })

  it('tells no payload, no channel and no password in its errors', async () => {
    await direct.call('ACL', 'SETUSER', 'mute', 'on', '>s3cret', '+@all', '~*', 'resetchannels')
    const muted = new Redis(redis().port, '127.0.0.1', { username: 'mute', password: 's3cret' })
    opened.push(() => muted.disconnect())
    const refused = new Node(redisBroker(muted, QUICK))
    opened.push(() => refused.link.close())
    await refused.has('up')
    const calls = [
      () => refused.link.publish('secret-channel', Buffer.from('secret payload')),
      () => refused.link.subscribe('secret-channel'),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'LINKSPAN_BROKER',
        message: expect.stringMatching(/^(?!.*s[e3]cret).*NOPERM/),
      })
    }
  })
})

describe('redisBroker', () => {
  it.each([
    { maxPayload: 65_535 },
    { maxPayload: 16_777_217 },
    { maxPending: 1 },
    { probeInterval: 99 },
    { timeout: 9 },
    { timeout: 2 ** 31 },
  ])('does not take %j', (options) => {
    const client = new Redis({ lazyConnect: true })
    expect(() => redisBroker(client, options)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })

  it('does not take what is no client', () => {
    expect(() => redisBroker({} as Redis)).toThrow(TypeError)
  })

  it('does not take a client with keyPrefix for sharded pub/sub, whose channels it would rename', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'shop:' })
    expect(() => redisBroker(client, { sharded: true })).toThrow('keyPrefix')
    expect(() => redisBroker(client)).not.toThrow()
  })

  it.skipIf(missing !== undefined)('connects a lazy client of ioredis', async () => {
    const server = await RedisServer.start()
    const client = new Redis(server.port, '127.0.0.1', { lazyConnect: true })
    const node = new Node(redisBroker(client, QUICK))
    await node.has('up')
    await node.link.close()
    client.disconnect()
    await server.stop()
  })
})
