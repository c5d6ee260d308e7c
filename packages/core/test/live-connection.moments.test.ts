import { describe, expect, it } from 'vitest'
import { arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('opened', () => {
  it('resolves to true when the connection becomes active, and stays so', async () => {
    const { conn, go } = await arriving()
    const { opened } = conn
    expect(conn.opened).toBe(opened)
    await go()
    expect(await opened).toBe(true)
    expect(await conn.opened).toBe(true)
    conn.terminate()
    expect(await conn.opened).toBe(true)
  })

  it('resolves to false when it ends before', async () => {
    const { conn, handshake } = await arriving()
    const { opened } = conn
    handshake.abort()
    expect(await opened).toBe(false)
    expect(await conn.opened).toBe(false)
  })

  it('resolves to false where it is first asked for after the end', async () => {
    const { conn, handshake, go } = await arriving()
    handshake.abort()
    await go()
    expect(conn.state).toBe('closed')
    expect(await conn.opened).toBe(false)
  })
})

describe('idle', () => {
  it('is the time since the peer was last heard of', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    await bench.clock.advance(400)
    expect(conn.idle).toBe(400)
    transport.receive('hello')
    expect(conn.idle).toBe(0)
    await bench.clock.advance(250)
    expect(conn.idle).toBe(250)
  })

  it('is counted in ticks of the heartbeat, where there is one', async () => {
    const bench = Bench.open({ heartbeat: { interval: 5_120, misses: 3 } })
    const { conn, transport } = await bench.connect()
    await bench.clock.advance(1_005)
    expect(conn.idle).toBe(1_000)
    transport.sink.pong()
    expect(conn.idle).toBe(0)
  })

  it('is 0 before active and after', async () => {
    const { bench, conn, go } = await arriving()
    await bench.clock.advance(100)
    expect(conn.idle).toBe(0)
    await go()
    await bench.clock.advance(100)
    expect(conn.idle).toBe(100)
    conn.close()
    await turn()
    expect(conn.idle).toBe(0)
  })
})
