import { describe, expect, it } from 'vitest'
import type { LinkspanOptions } from '../src/options.js'
import type { Stats } from '../src/stats.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

const NOTHING: Stats = {
  gauges: {
    connections: { connecting: 0, authenticated: 0, active: 0, closing: 0 },
    timers: 0,
    topics: 0,
    inbox: { messages: 0, bytes: 0 },
    outbox: { bytes: 0 },
    draining: 0,
    broker: { channels: 0, bytes: 0, lag: 0, nodes: 0 },
  },
  totals: {
    connections: 0,
    opened: 0,
    rejected: 0,
    closed: 0,
    received: 0,
    receivedBytes: 0,
    sent: 0,
    dropped: { in: 0, out: 0 },
    broker: { published: 0, dropped: 0, received: 0, duplicates: 0, missed: 0 },
    errors: 0,
  },
}

describe('the counters', () => {
  it('are all there from the start, at nothing', () => {
    expect(Bench.open().app.stats()).toEqual(NOTHING)
  })

  it('tell in which state each connection is', async () => {
    let open = (): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        if (conn.request.path !== '/anonymous') conn.authenticate({ subject: 'ada' })
        await new Promise<void>((resolve) => {
          open = resolve
        })
        return next()
      }),
    )
    const gauges = (): Stats['gauges']['connections'] => bench.app.stats().gauges.connections
    bench.arrive({ url: '/anonymous' })
    const handshake = bench.arrive()
    await turn()
    expect(gauges()).toEqual({ connecting: 1, authenticated: 1, active: 0, closing: 0 })
    open()
    await turn()
    expect(gauges()).toEqual({ connecting: 1, authenticated: 0, active: 1, closing: 0 })
    ;[...bench.app.connections].at(-1)?.close()
    expect(gauges()).toEqual({ connecting: 1, authenticated: 0, active: 0, closing: 1 })
    handshake.transport.closed(1000)
    await turn()
    expect(gauges()).toEqual({ connecting: 1, authenticated: 0, active: 0, closing: 0 })
    expect(bench.app.stats().totals).toMatchObject({ connections: 2, opened: 1, closed: 1, rejected: 0 })
  })

  it('tell how many timers run: those of connections, and the one of the heartbeat', async () => {
    const bench = Bench.open({ heartbeat: { interval: 1_000, misses: 1 } })
    const timers = (): number => bench.app.stats().gauges.timers
    // Over before a deadline could matter.
    bench.arrive()
    expect(timers()).toBe(0)
    const { conn, transport } = await bench.connect()
    expect(timers()).toBe(1)
    conn.close()
    expect(timers()).toBe(2)
    transport.closed(1000)
    await turn()
    expect(timers()).toBe(1)
    bench.app.use(() => new Promise<never>(() => {}))
    bench.arrive()
    expect(timers()).toBe(2)
  })

  it('count what came in, what went out, and what was dropped', async () => {
    const bench = Bench.open({ outbox: { bytes: 4, overflow: 'drop-newest' } })
    const { conn, transport } = await bench.connect()
    transport.receive('one')
    transport.receive('two')
    conn.send('1')
    transport.answer = 'queued'
    conn.send('2')
    conn.send('3333')
    conn.send('4')
    expect(bench.app.stats()).toMatchObject({
      gauges: { outbox: { bytes: 4 } },
      totals: { received: 2, receivedBytes: 6, sent: 2, dropped: { in: 0, out: 1 } },
    })
    conn.close()
    transport.receive('late')
    expect(bench.app.stats()).toMatchObject({
      gauges: { outbox: { bytes: 0 } },
      totals: { received: 3, receivedBytes: 10, dropped: { in: 1, out: 2 } },
    })
  })

  it('count refusals and errors', async () => {
    const bench = Bench.open({ maxConnections: 1 }).with((app) =>
      app.use(() => {
        throw new Error('no')
      }),
    )
    bench.arrive()
    bench.arrive()
    await turn()
    expect(bench.app.stats().totals).toMatchObject({
      connections: 2,
      opened: 0,
      rejected: 2,
      closed: 2,
      errors: 1,
    })
  })

  it('are a snapshot', async () => {
    const bench = Bench.open()
    const before = bench.app.stats()
    await bench.connect()
    expect(before).toEqual(NOTHING)
  })

  it.each<[string, LinkspanOptions]>([
    ['quietly', {}],
    ['visibly', { refuse: 'visibly' }],
  ])('are back where they were when everybody is gone, refused %s or not', async (_, options) => {
    const bench = Bench.open({ ...options, heartbeat: { interval: 100, misses: 1 } }).with((app) =>
      app.use((conn, next) => {
        if (conn.request.path === '/refused') conn.reject({ status: 403 })
        conn.authenticate({ subject: 'ada', expiresAt: bench.clock.now() + 70_000 })
        conn.send('hello')
        conn.join('room')
        return next()
      }),
    )
    bench.app.message(async () => turn())
    const refused = bench.arrive({ url: '/refused' })
    const pairs = [await bench.connect(), await bench.connect(), await bench.connect()]
    for (const { transport } of pairs) {
      transport.receive('one')
      transport.receive('two')
    }
    expect(bench.app.stats().gauges.timers).toBeGreaterThan(3)
    pairs[0]?.conn.close()
    pairs[1]?.conn.terminate()
    for (const { transport } of pairs) transport.closed(1006)
    if (refused.accepted) refused.transport.closed(4003)
    for (let i = 0; i < 5; i += 1) await turn()
    expect(bench.app.stats().gauges).toEqual(NOTHING.gauges)
    expect(bench.app.stats().totals).toMatchObject({ connections: 4, closed: 4 })
    expect(bench.clock.pending).toBe(0)
  })
})
