import { natsBroker } from '@linkspan/nats'
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { type NatsServer, natsOfATest, ownNats } from './nats-server.js'
import { Node } from './node.js'

const soon = { timeout: 8_000, interval: 5 }
const CHANNEL = 'linkspan.topic.~.lobby'

describe('a broker over NATS, when things go wrong', () => {
  // Only so that these tests are skipped where there is no server.
  ownNats()
  const start = natsOfATest()
  const endings: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  async function proxyTo(server: NatsServer): Promise<FaultProxy> {
    const proxy = await FaultProxy.to(server.port)
    endings.push(() => proxy.close())
    return proxy
  }

  const dial = (options: ConnectionOptions): Promise<NatsConnection> =>
    connect({
      maxReconnectAttempts: -1,
      reconnectTimeWait: 20,
      reconnectJitter: 20,
      timeout: 500,
      noRandomize: true,
      ...options,
    })

  async function join(options: ConnectionOptions, handedIn = false, maxPending?: number): Promise<Node> {
    const limits = maxPending === undefined ? {} : { maxPending }
    const connection = handedIn ? await dial(options) : undefined
    const node = new Node(natsBroker(connection ?? (() => dial(options)), limits))
    endings.push(async () => {
      await node.link.close()
      await connection?.close()
    })
    await expect.poll(() => node.last, soon).toBe('up')
    return node
  }

  describe.each([
    ['made by the broker', false],
    ['handed in', true],
  ])('on a connection %s', (_name, handedIn) => {
    let server: NatsServer
    beforeEach(async () => {
      server = await start()
    })

    it('rejects while the server is dead, and hears each message once after it came back', async () => {
      const [from, to] = [
        await join({ port: server.port }, handedIn),
        await join({ port: server.port }, handedIn),
      ]
      await to.link.subscribe(CHANNEL)
      await server.kill()
      await expect.poll(() => [from.last, to.last], soon).toEqual(['down', 'down'])
      await expect(from.publish(CHANNEL, 'lost')).rejects.toThrow('cannot be reached')
      await expect(to.link.subscribe('a.b')).rejects.toThrow('cannot be reached')
      await to.link.unsubscribe('never.asked')
      await server.run()
      await expect.poll(() => [from.last, to.last], soon).toEqual(['up', 'up'])
      await to.link.subscribe(CHANNEL)
      await to.link.subscribe(CHANNEL)
      await from.publish(CHANNEL, 'one')
      await from.publish(CHANNEL, 'two')
      await expect.poll(() => to.heard, soon).toEqual(['one', 'two'])
      expect(from.told).toEqual(['up', 'down', 'up'])
    })

    it('rejects what was on its way when the connection was reset', async () => {
      const proxy = await proxyTo(server)
      const [from, to] = [await join({ port: proxy.port }, handedIn), await join({ port: server.port })]
      await to.link.subscribe(CHANNEL)
      proxy.stall()
      const lost = from.publish(CHANNEL, 'lost')
      const refused = expect(lost).rejects.toMatchObject({ code: 'LINKSPAN_BROKER' })
      // What the client has written reaches the proxy, which holds it.
      await new Promise(setImmediate)
      proxy.reset()
      await refused
      proxy.pass()
      await expect.poll(() => from.told, soon).toEqual(['up', 'down', 'up'])
      await from.publish(CHANNEL, 'arrives')
      await expect.poll(() => to.heard, soon).toEqual(['arrives'])
    })

    it('is down when the server answers no pings, and up when it does again', async () => {
      const proxy = await proxyTo(server)
      const options = { port: proxy.port, pingInterval: 50, maxPingOut: 2 }
      const node = await join(options, handedIn)
      proxy.stall()
      await expect.poll(() => node.told, soon).toEqual(['up', 'down'])
      proxy.pass()
      await expect.poll(() => node.told, soon).toEqual(['up', 'down', 'up'])
      await node.link.subscribe(CHANNEL)
      await node.publish(CHANNEL, 'hello')
      await expect.poll(() => node.heard, soon).toEqual(['hello'])
    })
  })

  it('rejects what was on its way at once, also where the client waits before it connects again', async () => {
    const server = await start()
    const proxy = await proxyTo(server)
    const node = await join({ port: proxy.port, reconnectTimeWait: 600_000 })
    await node.link.subscribe(CHANNEL)
    proxy.stall()
    const lost = expect(node.publish(CHANNEL, 'lost')).rejects.toThrow('was lost')
    await new Promise(setImmediate)
    proxy.reset()
    await lost
    expect(node.told).toEqual(['up', 'down'])
  })

  it('answers late while the server is paused, and loses nothing', async () => {
    const server = await start()
    const [from, to] = [await join({ port: server.port }), await join({ port: server.port })]
    await to.link.subscribe(CHANNEL)
    await server.pause()
    const answered: string[] = []
    const calls = ['a', 'b', 'c'].map((text) =>
      from.publish(CHANNEL, text).then(() => void answered.push(text)),
    )
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    expect(answered).toEqual([])
    server.resume()
    await Promise.all(calls)
    await expect.poll(() => to.heard, soon).toEqual(['a', 'b', 'c'])
    expect([from.told, to.told]).toEqual([['up'], ['up']])
  })

  it('takes no more than maxPending while the server is paused', async () => {
    const server = await start()
    const node = await join({ port: server.port }, false, 100_000)
    await server.pause()
    const calls = [1, 2].map(() => node.link.publish(CHANNEL, new Uint8Array(40_000)))
    await expect(node.link.publish(CHANNEL, new Uint8Array(40_000))).rejects.toThrow('maxPending is 100000')
    server.resume()
    await Promise.all(calls)
    // One that is larger than all that may wait still goes alone.
    await node.link.publish(CHANNEL, new Uint8Array(200_000))
  })

  it('replaces a connection that hangs with more than the network takes', async () => {
    const server = await start()
    const proxy = await proxyTo(server)
    const node = await join({ port: proxy.port, pingInterval: 50, maxPingOut: 2 }, false, 100_000_000)
    proxy.stall()
    const payload = new Uint8Array(1_000_000)
    const calls = Promise.allSettled(Array.from({ length: 64 }, () => node.link.publish(CHANNEL, payload)))
    await expect.poll(() => node.told, soon).toEqual(['up', 'down'])
    expect((await calls).every(({ status }) => status === 'rejected')).toBe(true)
    proxy.pass()
    await expect.poll(() => node.told, soon).toEqual(['up', 'down', 'up'])
    await node.publish(CHANNEL, 'hello')
  })

  it('moves to another server when one leaves', async () => {
    const leaving = await start('lame_duck_duration: "30s"\nlame_duck_grace_period: "1ms"\n')
    const staying = await start()
    const servers = [leaving, staying].map(({ port }) => `127.0.0.1:${port}`)
    const [from, to] = [await join({ servers }), await join({ servers })]
    await to.link.subscribe(CHANNEL)
    leaving.leave()
    await expect
      .poll(() => [from.told, to.told], soon)
      .toEqual([
        ['up', 'down', 'up'],
        ['up', 'down', 'up'],
      ])
    await to.link.subscribe(CHANNEL)
    await from.publish(CHANNEL, 'hello')
    await expect.poll(() => to.heard, soon).toEqual(['hello'])
  })

  it('is told as down and up when the server cuts off a node that reads too slowly', async () => {
    const server = await start('max_pending: 131072\nmax_payload: 131072\nwrite_deadline: "100ms"\n')
    const proxy = await proxyTo(server)
    const [from, slow, other] = [
      await join({ port: server.port }),
      await join({ port: proxy.port }),
      await join({ port: server.port }),
    ]
    await slow.link.subscribe(CHANNEL)
    await other.link.subscribe(CHANNEL)
    proxy.stall()
    const payload = new Uint8Array(65_536)
    let sent = 0
    while (!server.log.includes('Slow Consumer')) {
      await from.link.publish(CHANNEL, payload)
      sent += payload.byteLength
    }
    proxy.pass()
    await expect.poll(() => slow.told, soon).toEqual(['up', 'down', 'up'])
    expect(slow.bytes).toBeLessThan(sent)
    await slow.link.subscribe(CHANNEL)
    await from.publish(CHANNEL, 'goes on')
    await expect.poll(() => slow.heard, soon).toEqual(['goes on'])
    // Its neighbours have heard everything.
    await expect.poll(() => other.bytes, soon).toBe(sent + 'goes on'.length)
    expect([from.told, other.told]).toEqual([['up'], ['up']])
  })
})
