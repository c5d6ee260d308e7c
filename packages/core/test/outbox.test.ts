import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../src/outbox.js'
import { anyText } from './arbitrary.js'
import { arriving } from './arriving.js'
import { slowPeer } from './connected.js'
import { Bench, FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'

describe('a send to a peer that keeps up', () => {
  it('is sent at once, as it is', async () => {
    const { conn, transport } = await Bench.open().connect()
    const bytes = new Uint8Array([1])
    const { buffer } = new Uint8Array([2])
    expect([conn.send('text'), conn.send(bytes), conn.send(buffer)]).toEqual(['sent', 'sent', 'sent'])
    expect(transport.calls).toEqual([
      { call: 'send', data: 'text', binary: false },
      { call: 'send', data: bytes, binary: true },
      { call: 'send', data: buffer, binary: true },
    ])
  })

  it('is bound by nothing: one message may be larger than the outbox', async () => {
    const bench = Bench.open({ outbox: { bytes: 1 } })
    const { conn } = await bench.connect()
    expect(conn.send('much more than one')).toBe('sent')
  })
})

describe('a send to a slow peer', () => {
  it('waits, and goes on in order when the transport takes more', async () => {
    const { bench, conn, transport } = await slowPeer()
    expect([conn.send('1'), conn.send('2')]).toEqual(['queued', 'queued'])
    expect(transport.sent).toEqual(['0'])
    expect(conn.bufferedAmount).toBe(2)
    expect(bench.app.stats().gauges.outbox.bytes).toBe(2)
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', '1', '2'])
    expect(conn.bufferedAmount).toBe(0)
    expect(bench.app.stats()).toMatchObject({ gauges: { outbox: { bytes: 0 } }, totals: { sent: 3 } })
    expect(conn.send('3')).toBe('sent')
  })

  it('waits again as soon as the transport has taken enough', async () => {
    const { conn, transport } = await slowPeer()
    for (const text of ['1', '2', '3']) conn.send(text)
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', '1'])
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', '1', '2'])
    expect(conn.send('4')).toBe('queued')
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', '1', '2', '3', '4'])
  })

  it('is told of once, when it begins to wait', async () => {
    const { bench, conn, transport } = await slowPeer()
    conn.send('1')
    conn.send('2')
    expect(bench.of('backpressure')).toEqual([{ buffered: 0 }])
    transport.answer = 'sent'
    transport.sink.drain()
    transport.answer = 'queued'
    transport.bufferedAmount = 500
    conn.send('3')
    expect(bench.of('backpressure')).toEqual([{ buffered: 0 }, { buffered: 500 }])
  })

  it('is not lost where the transport takes nothing, neither at once nor later', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    transport.answer = 'dropped'
    expect([conn.send('1'), conn.send('2')]).toEqual(['queued', 'queued'])
    expect(bench.app.stats().totals.sent).toBe(0)
    transport.sink.drain()
    expect(transport.sent).toEqual([])
    expect(bench.app.stats()).toMatchObject({ gauges: { outbox: { bytes: 2 } }, totals: { sent: 0 } })
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['1', '2'])
    expect(bench.app.stats()).toMatchObject({ gauges: { outbox: { bytes: 0 } }, totals: { sent: 2 } })
  })

  it('of a message that came in keeps its bytes', async () => {
    const bench = Bench.open()
    bench.app.message((conn, message) => void conn.send(message))
    const { transport } = await bench.connect({}, { borrows: true })
    const buffer = new Uint8Array(3)
    const answers = ['dropped', 'dropped'] as const
    for (const [index, text] of ['one', 'two'].entries()) {
      transport.answer = answers[index] ?? 'sent'
      buffer.set(new TextEncoder().encode(text))
      transport.sink.message(buffer, false)
    }
    buffer.fill(0)
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['one', 'two'])
    expect(transport.calls.every((entry) => entry.call !== 'send' || !entry.binary)).toBe(true)
  })

  it('is told of once also where the transport has others send meanwhile', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    transport.answer = (data) => {
      if (data === '1') conn.send('2')
      return 'queued'
    }
    expect(conn.send('1')).toBe('queued')
    expect(bench.of('backpressure')).toHaveLength(1)
    expect(conn.send('3')).toBe('queued')
    expect(conn.bufferedAmount).toBe(1)
  })

  it('is sent once, even where the transport says from within that it takes more', async () => {
    const { conn, transport } = await slowPeer()
    for (const text of ['1', '2', '3']) conn.send(text)
    transport.answer = () => {
      transport.sink.drain()
      return 'sent'
    }
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', '1', '2', '3'])
    expect(conn.bufferedAmount).toBe(0)
  })

  it('does not hold up the others', async () => {
    const { bench, transport } = await slowPeer()
    const other = await bench.connect()
    bench.app.broadcast('all')
    expect(other.transport.sent).toEqual(['all'])
    expect(transport.sent).toEqual(['0'])
  })
})

describe('before the connection is active', () => {
  it('sends wait, and go first and in order once it is', async () => {
    const { bench, conn, handshake, go } = await arriving()
    expect([conn.send('1'), conn.send(new Uint8Array([0x32]))]).toEqual(['queued', 'queued'])
    expect(conn.bufferedAmount).toBe(2)
    bench.app.on('open', (opened) => void opened.send('3'))
    await go()
    expect(handshake.transport.sent).toEqual(['1', '2', '3'])
  })

  it('sends wait also after an early accept, whatever the transport says', async () => {
    const { conn, handshake, go } = await arriving()
    await conn.accept()
    expect(conn.send('1')).toBe('queued')
    handshake.transport.sink.drain()
    expect(handshake.transport.sent).toEqual([])
    await go()
    expect(handshake.transport.sent).toEqual(['1'])
  })

  it('sends are bound by the outbox: past it the handshake is refused', async () => {
    const { bench, conn, handshake } = await arriving({ outbox: { bytes: 2 } })
    expect([conn.send('12'), conn.send('3')]).toEqual(['queued', 'dropped'])
    expect(handshake.rejected?.status).toBe(429)
    expect(bench.of('drop').map(({ bytes }) => bytes)).toEqual([1, 2])
  })

  it('a listener that sends as soon as it is told of active waits for the socket, and nobody calls that slow', async () => {
    const bench = Bench.open()
    bench.app.on('transition', (conn, { to }) => {
      if (to === 'active') expect(conn.send('hello')).toBe('queued')
    })
    const { transport } = await bench.connect()
    expect(transport.sent).toEqual(['hello'])
    expect(bench.of('backpressure')).toEqual([])
  })

  it('what waits may find the transport slow from the start', async () => {
    const { conn, handshake, go } = await arriving()
    conn.send('1')
    conn.send('2')
    await conn.accept()
    handshake.transport.answer = 'queued'
    await go()
    expect(handshake.transport.sent).toEqual(['1'])
    expect(conn.send('3')).toBe('queued')
    handshake.transport.answer = 'sent'
    handshake.transport.sink.drain()
    expect(handshake.transport.sent).toEqual(['1', '2', '3'])
  })

  it('what waits for a transport that is broken is dropped', async () => {
    class Broken extends FakeHandshake {
      override accept(): never {
        throw new Error('no socket')
      }
    }
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.send('hello')
        return next()
      }),
    )
    bench.app.handle(new Broken())
    await turn()
    expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'closing', bytes: 5 }])
    expect(bench.app.stats()).toMatchObject({ gauges: { outbox: { bytes: 0 } }, totals: { sent: 0 } })
  })

  it('a refusal drops what waits', async () => {
    const { bench, conn } = await arriving()
    conn.send('1')
    conn.close()
    expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'closing', bytes: 1 }])
    expect(conn.send('2')).toBe('closed')
  })
})

describe('whoever waits for the peer', () => {
  it('waits for nothing where nothing waits', async () => {
    const { conn } = await Bench.open().connect()
    await expect(conn.drained()).resolves.toBeUndefined()
    conn.send('1')
    await expect(conn.drained()).resolves.toBeUndefined()
  })

  it('goes on when everything has been taken, all of them', async () => {
    const { conn, transport } = await slowPeer()
    conn.send('1')
    conn.send('2')
    let resumed = 0
    const done = [conn.drained(), conn.drained()].map((drained) => drained.then(() => (resumed += 1)))
    transport.sink.drain()
    await turn()
    expect(resumed).toBe(0)
    transport.answer = 'sent'
    transport.sink.drain()
    await Promise.all(done)
    expect(resumed).toBe(2)
    await expect(conn.drained()).resolves.toBeUndefined()
  })

  it('goes on when the connection closes', async () => {
    const { conn, transport } = await slowPeer()
    const drained = conn.drained()
    transport.closed(1006)
    await expect(drained).resolves.toBeUndefined()
    await expect(conn.drained()).resolves.toBeUndefined()
  })

  it('waits for active', async () => {
    const { conn, go } = await arriving()
    conn.send('1')
    let resumed = false
    void conn.drained().then(() => {
      resumed = true
    })
    await turn()
    expect(resumed).toBe(false)
    await go()
    expect(resumed).toBe(true)
  })

  it('makes a producer that waits each time hold one message', async () => {
    const { conn, transport } = await slowPeer()
    let produced = 0
    const producing = (async () => {
      while (produced < 5) {
        await conn.drained()
        conn.send(String(produced))
        produced += 1
      }
    })()
    for (let i = 0; i < 6; i += 1) {
      await turn()
      expect(conn.bufferedAmount).toBe(0)
      transport.sink.drain()
    }
    await producing
    expect(transport.sent).toEqual(['0', '0', '1', '2', '3', '4'])
  })
})

describe('when closing begins', () => {
  it('what waits is dropped and counted, and a send answers so', async () => {
    const { bench, conn, transport } = await slowPeer()
    conn.send('1')
    conn.close()
    expect(conn.send('2')).toBe('closed')
    expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'closing', bytes: 1 }])
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0'])
    expect(bench.app.stats().gauges.outbox.bytes).toBe(0)
  })
})

describe('the size of a message', () => {
  const sizes: readonly (readonly [string, number])[] = [
    ['', 0],
    ['ascii', 5],
    ['\x7f', 1],
    ['\x80', 2],
    ['ÿ', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['€', 3],
    ['\ud7ff', 3],
    ['\ue000', 3],
    ['\uffff', 3],
    ['😀', 4],
    ['a😀b', 6],
    ['\ud800', 3],
    ['\udfff', 3],
    ['\udc00\ud800', 6],
    ['\ud83d😀', 7],
  ]
  it.each(sizes.map(([text, size]) => [encodeURIComponent(text.toWellFormed()), size, text] as const))(
    'as text %j is %d bytes of UTF-8',
    (_, size, text) => {
      expect(sizeOf(text)).toBe(size)
      expect(sizeOf(text)).toBe(new TextEncoder().encode(text).byteLength)
    },
  )

  it('as text is what an encoder makes of it, whatever it is', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(sizeOf(text)).toBe(new TextEncoder().encode(text).byteLength)
      }),
      { numRuns: 500 },
    )
  })

  it('as bytes is how many there are', () => {
    expect(sizeOf(new Uint8Array(7))).toBe(7)
    expect(sizeOf(new ArrayBuffer(7))).toBe(7)
    expect(sizeOf(new Uint8Array(new ArrayBuffer(7), 2, 3))).toBe(3)
  })
})
