import { describe, expect, it } from 'vitest'
import { connected } from './connected.js'
import { Bench, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

describe('the heartbeat of a connection', () => {
  const heartbeat = { interval: 1_000, misses: 2 }

  it('pings a silent peer, measures how long it takes to answer, and leaves it alone', async () => {
    const { bench, conn, transport } = await connected({ heartbeat })
    expect(conn.rtt).toBeUndefined()
    await bench.clock.advance(1_000)
    expect(transport.count('ping')).toBe(1)
    await bench.clock.advance(25)
    transport.sink.pong()
    expect(conn.rtt).toBe(25)
    transport.sink.pong()
    expect(conn.rtt).toBe(25)
    for (let i = 0; i < 10; i += 1) {
      await bench.clock.advance(1_000)
      transport.sink.pong()
    }
    expect(conn.state).toBe('active')
  })

  it.each([
    ['a message', (pair: Pair<{}>) => pair.transport.receive('hello')],
    ['a ping', (pair: Pair<{}>) => pair.transport.sink.ping()],
    ['a pong', (pair: Pair<{}>) => pair.transport.sink.pong()],
  ])('does not ping whoever gives a sign of life: %s', async (_, sign) => {
    const { bench, ...pair } = await connected({ heartbeat })
    for (let i = 0; i < 20; i += 1) {
      await bench.clock.advance(900)
      sign(pair)
    }
    expect(pair.transport.count('ping')).toBe(0)
    expect(pair.conn.rtt).toBeUndefined()
  })

  it('cuts a peer that misses its pings, with 4102 that no close frame carries', async () => {
    const { bench, transport } = await connected({ heartbeat })
    await bench.clock.advance(3_100)
    expect(transport.calls).toEqual([{ call: 'ping' }, { call: 'ping' }, { call: 'terminate' }])
    transport.closed(1006)
    await turn()
    expect(bench.end).toMatchObject({
      code: 4102,
      reason: 'no heartbeat',
      by: 'server',
      clean: false,
      wireCode: undefined,
    })
    expect(bench.clock.pending).toBe(0)
  })

  it('does not cut a peer that we do not read from', async () => {
    const bench = Bench.open({ heartbeat, inbox: { messages: 1 } })
    bench.app.message(() => new Promise(() => {}))
    const { conn, transport } = await bench.connect()
    transport.receive('1')
    transport.receive('2')
    expect(transport.count('pause')).toBe(1)
    await bench.clock.advance(60_000)
    expect(conn.state).toBe('active')
  })

  it('cuts a peer that pings and does not read, before its pongs fill our memory', async () => {
    const { transport, bench } = await connected({ outbox: { bytes: 100 } })
    transport.bufferedAmount = 100
    transport.sink.ping()
    expect(transport.count('terminate')).toBe(0)
    transport.bufferedAmount = 101
    transport.sink.ping()
    expect(transport.count('terminate')).toBe(1)
    transport.closed(1006)
    await turn()
    expect(bench.end.code).toBe(4100)
  })

  it('leaves whoever is connecting to the deadline of the handshake', async () => {
    const bench = Bench.open({ heartbeat, handshakeTimeout: 60_000 }).with((app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        await new Promise(() => {})
        return next()
      }),
    )
    const handshake = bench.arrive()
    await bench.clock.advance(30_000)
    expect(handshake.transport.calls).toEqual([])
  })
})
