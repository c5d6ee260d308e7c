import { describe, expect, it } from 'vitest'
import { arriving } from './arriving.js'
import { connected } from './connected.js'
import { turn } from './fake-clock.js'

describe('resources', () => {
  it('lists what connections hold, since when, and under which name', async () => {
    const { bench, conn, go } = await arriving()
    expect(bench.app.resources()).toEqual([])
    const since = bench.clock.now()
    conn.defer(function releaseSlot() {}, 'slot')
    await bench.clock.advance(250)
    conn.defer(function giveBack() {})
    conn.defer(() => {})
    await go()
    const { id: connection } = conn
    expect(bench.app.resources()).toEqual([
      { connection, state: 'active', name: 'slot', since },
      { connection, state: 'active', name: 'giveBack', since: since + 250 },
      { connection, state: 'active', name: 'anonymous', since: since + 250 },
    ])
    conn.terminate()
    bench.app.on('close', () => {})
    expect(bench.app.resources()).not.toEqual([])
  })

  it('forgets what was given back', async () => {
    const { bench, conn, transport } = await connected()
    conn.defer(() => {})
    transport.closed(1000)
    await turn()
    expect(conn.state).toBe('closed')
    expect(bench.app.resources()).toEqual([])
  })
})

describe('await using', () => {
  it('closes a connection, and waits for it', async () => {
    const { conn, transport } = await connected()
    const disposed = conn[Symbol.asyncDispose]()
    expect(transport.calls.at(-1)).toMatchObject({ call: 'close', code: 1000 })
    transport.closed(1000)
    await disposed
    expect(conn.state).toBe('closed')
  })

  it('drains an application', async () => {
    const { bench, transport } = await connected()
    expect(bench.app.draining).toBe(false)
    const disposed = bench.app[Symbol.asyncDispose]()
    expect(bench.app.draining).toBe(true)
    transport.closed(1012)
    await disposed
    expect(bench.app.connections.size).toBe(0)
  })
})
