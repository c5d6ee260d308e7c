import { describe, expect, it } from 'vitest'
import type { MessageMiddleware } from '../src/middleware.js'
import type { Transport } from '../src/ports/transport.js'
import { arriving } from './arriving.js'
import { Bench, FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'

describe('a handshake', () => {
  it('is answered with 101 only when the pipeline has reached its end', async () => {
    const { conn, go, handshake } = await arriving()
    expect(conn.state).toBe('connecting')
    expect(handshake.accepted).toBe(false)
    await go()
    expect(conn.state).toBe('active')
    expect(handshake.accepted).toBe(true)
  })

  it('is accepted with the chosen subprotocol and no header of ours', async () => {
    const bench = Bench.open({ protocols: ['v2', 'v1'] })
    const { handshake, conn } = await bench.connect({ headers: { 'sec-websocket-protocol': 'v1, v2' } })
    expect(handshake.upgrade).toMatchObject({ protocol: 'v2', headers: {} })
    expect(conn.protocol).toBe('v2')
  })

  it('that takes too long is refused with 503, and its late result discarded', async () => {
    const { bench, conn, handshake, go } = await arriving({ handshakeTimeout: 100 })
    await bench.clock.advance(99)
    expect(handshake.rejected).toBeUndefined()
    await bench.clock.advance(1)
    expect(handshake.rejected?.status).toBe(503)
    expect(JSON.parse(handshake.rejected?.body ?? '')).toMatchObject({
      detail: 'the handshake took too long',
      code: 1013,
    })
    expect(conn.state).toBe('closing')
    await go()
    expect(handshake.accepted).toBe(false)
    expect(bench.end).toMatchObject({ code: 1013, by: 'server', clean: false, wireCode: undefined })
    expect(bench.errors).toEqual([])
  })

  it('whose middleware never settles is over when its release is abandoned', async () => {
    const { bench } = await arriving({ handshakeTimeout: 100, releaseTimeout: 200 })
    await bench.clock.advance(299)
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.end.code).toBe(1013)
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a middleware did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(bench.app.stats().gauges.timers).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('that the client breaks off is over: signal aborted, late result discarded, resources released', async () => {
    const { bench, conn, go, handshake } = await arriving()
    const released: string[] = []
    conn.defer(() => void released.push(conn.state))
    const { signal } = conn
    expect(signal.aborted).toBe(false)
    handshake.abort()
    expect(signal.aborted).toBe(true)
    expect(released).toEqual([])
    await go()
    expect(released).toEqual(['closing'])
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected).toBeUndefined()
    expect(bench.end).toMatchObject({ code: 1006, by: 'network', clean: false, wireCode: undefined })
    expect(bench.errors).toEqual([])
  })

  it('that was broken off before we looked runs no middleware at all', async () => {
    let ran = false
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        ran = true
        return next()
      }),
    )
    class Gone extends FakeHandshake {
      override onAbort(callback: () => void): void {
        callback()
      }
    }
    bench.app.handle(new Gone())
    await turn()
    expect(ran).toBe(false)
    expect(bench.end).toMatchObject({ code: 1006, by: 'network' })
    expect(bench.clock.pending).toBe(0)
    expect(bench.app.connections.size).toBe(0)
  })

  it('whose transport throws instead of accepting ends, and is reported as its fault', async () => {
    class Broken extends FakeHandshake {
      override accept(): never {
        throw new Error('no socket')
      }
    }
    const bench = Bench.open()
    bench.app.handle(new Broken())
    await turn()
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_TRANSPORT', culprit: 'infrastructure' }])
    expect(bench.end).toMatchObject({ code: 1006, by: 'network' })
  })
})

describe('accept', () => {
  it('answers 101 early, and the connection is still connecting', async () => {
    const { bench, conn, go, handshake } = await arriving()
    await conn.accept()
    expect(handshake.accepted).toBe(true)
    expect(conn.state).toBe('connecting')
    expect(bench.of('open')).toEqual([])
    await go()
    expect(conn.state).toBe('active')
  })

  it('may come after the identity is settled', async () => {
    const { conn, handshake } = await arriving()
    conn.authenticate({ subject: 'ada' })
    await conn.accept()
    expect(handshake.accepted).toBe(true)
    expect(conn.state).toBe('authenticated')
  })

  it('a second time, or once active, is a misuse', async () => {
    const { conn, go } = await arriving()
    await conn.accept()
    const misuse = { code: 'LINKSPAN_STATE', message: 'accept() answers 101 once, before the pipeline ends.' }
    await expect(conn.accept()).rejects.toMatchObject(misuse)
    await go()
    await expect(conn.accept()).rejects.toMatchObject(misuse)
  })

  it('after closing began is LINKSPAN_CLOSED', async () => {
    const { conn, handshake } = await arriving()
    handshake.abort()
    await expect(conn.accept()).rejects.toMatchObject({ code: 'LINKSPAN_CLOSED' })
  })

  it('is followed by no HTTP status: a refusal travels as a close frame', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn) => {
        await conn.accept()
        return conn.reject({ status: 401, reason: 'who are you?' })
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected).toBeUndefined()
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4010, reason: 'who are you?' }])
    expect(bench.of('reject')).toEqual([{ status: 401, code: 4010, reason: 'who are you?' }])
    handshake.transport.closed(4010)
    await turn()
    expect(bench.end).toMatchObject({ code: 4010, by: 'server', clean: true, wireCode: 4010 })
    expect(bench.of('open')).toEqual([])
  })

  it('does not stop the deadline of the handshake', async () => {
    const { bench, conn, handshake } = await arriving({ handshakeTimeout: 100 })
    await conn.accept()
    await bench.clock.advance(100)
    expect(handshake.transport.calls).toEqual([
      { call: 'close', code: 1013, reason: 'the handshake took too long' },
    ])
  })

  it('is undone by the peer that leaves: what it had said before active is heard by nobody', async () => {
    const heard: string[] = []
    const handler: MessageMiddleware<{}> = (_conn, message) => void heard.push(message.text())
    const { bench, conn, handshake } = await arriving({}, { handler })
    await conn.accept()
    handshake.transport.receive('early')
    handshake.transport.closed(1001)
    await turn()
    expect(bench.of('drop')).toEqual([{ direction: 'in', reason: 'closing', bytes: 5 }])
    expect(heard).toEqual([])
  })
})

describe('what arrives before active', () => {
  it('is held in order, and handled once it is', async () => {
    const heard: string[] = []
    const handler: MessageMiddleware<{}> = (one, message) =>
      void heard.push(`${one.state}: ${message.text()}`)
    const { bench, conn, go, handshake } = await arriving({}, { handler })
    await conn.accept()
    for (const text of ['one', 'two', 'three']) handshake.transport.receive(text)
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 3, bytes: 11 })
    expect(heard).toEqual([])
    await go()
    expect(heard).toEqual(['active: one', 'active: two', 'active: three'])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('past 64 KiB pauses the socket, and goes on once it is active', async () => {
    const heard: number[] = []
    const handler: MessageMiddleware<{}> = (_conn, message) => void heard.push(message.size)
    const { conn, go, handshake } = await arriving({}, { handler })
    await conn.accept()
    const { transport } = handshake
    transport.receive(new Uint8Array(65_535))
    expect(transport.count('pause')).toBe(0)
    transport.receive(new Uint8Array(1))
    expect(transport.count('pause')).toBe(1)
    expect(transport.count('resume')).toBe(0)
    await go()
    expect(heard).toEqual([65_535, 1])
    expect(transport.count('resume')).toBe(1)
  })

  it('past 64 KiB on a socket that cannot be paused is too much: 4101', async () => {
    const { bench, conn, handshake } = await arriving({}, { transport: { pausable: false } })
    await conn.accept()
    handshake.transport.receive(new Uint8Array(65_536))
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4101, reason: 'too many messages' }])
    expect(bench.of('reject')).toEqual([{ status: 429, code: 4101, reason: 'too many messages' }])
  })
})

describe('once the connection is active', () => {
  it('the sink is the connection, and the transport the one that the handshake gave', async () => {
    const { handshake, transport } = await Bench.open().connect()
    const given: Transport = handshake.transport
    expect(given).toBe(transport)
    expect(handshake.upgrade?.sink).toBe(transport.sink)
  })

  it('an abort that comes late changes nothing', async () => {
    const { handshake, conn } = await Bench.open().connect()
    handshake.abort()
    expect(conn.state).toBe('active')
  })
})
