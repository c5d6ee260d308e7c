import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../src/connection.js'
import type { LinkspanOptions } from '../src/options.js'
import { sizeOf } from '../src/outbox.js'
import { anyText } from './arbitrary.js'
import { Bench, FakeHandshake, type FakeTransport, type FakeTransportOptions } from './fake.js'
import { turn } from './fake-clock.js'

/** A connection whose peer does not keep up: the first send fills its transport's buffer. */
async function slow(
  outbox: NonNullable<LinkspanOptions['outbox']> = {},
  transportOptions?: FakeTransportOptions,
): Promise<{ bench: Bench; conn: Connection<{}>; transport: FakeTransport }> {
  const bench = Bench.open({ outbox })
  const { conn, transport } = await bench.connect({}, transportOptions)
  transport.answer = 'queued'
  expect(conn.send('0')).toBe('queued')
  return { bench, conn, transport }
}

/** A connection that is let in when told to. */
async function waiting(options?: LinkspanOptions): Promise<{
  bench: Bench
  conn: Connection<unknown>
  handshake: FakeHandshake
  go(): Promise<void>
}> {
  let conn: Connection<unknown> | undefined
  let open = (): void => {}
  const bench = Bench.open(options).with((app) =>
    app.use(async (arrived, next) => {
      conn = arrived
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return next()
    }),
  )
  const handshake = bench.arrive()
  await turn()
  const go = (): Promise<void> => {
    open()
    return turn()
  }
  return { bench, conn: conn as Connection<unknown>, handshake, go }
}

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
    const { bench, conn, transport } = await slow()
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
    const { conn, transport } = await slow()
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
    const { bench, conn, transport } = await slow()
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
    const { conn, transport } = await slow()
    for (const text of ['1', '2', '3']) conn.send(text)
    transport.answer = () => {
      transport.sink.drain()
      return 'sent'
    }
    transport.sink.drain()
    expect([...transport.sent].sort()).toEqual(['0', '1', '2', '3'])
    expect(conn.bufferedAmount).toBe(0)
  })

  it('does not hold up the others', async () => {
    const { bench, transport } = await slow()
    const other = await bench.connect()
    bench.app.broadcast('all')
    expect(other.transport.sent).toEqual(['all'])
    expect(transport.sent).toEqual(['0'])
  })
})

describe('past its bound', () => {
  it('the bytes that the transport holds count too', async () => {
    const { conn, transport } = await slow({ bytes: 10, overflow: 'drop-newest' })
    transport.bufferedAmount = 6
    expect(conn.send('aaaa')).toBe('queued')
    expect(conn.send('b')).toBe('dropped')
    expect(conn.bufferedAmount).toBe(10)
    transport.bufferedAmount = 5
    expect(conn.send('b')).toBe('queued')
  })

  it('one message larger than it still goes where nothing else waits', async () => {
    const { conn, transport } = await slow({ bytes: 10, overflow: 'drop-newest' })
    transport.bufferedAmount = 0
    expect(conn.send('a'.repeat(100))).toBe('queued')
    expect(conn.send('b')).toBe('dropped')
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', 'a'.repeat(100)])
  })

  describe("with 'close'", () => {
    it('the connection is cut, with 4100 that no close frame carries', async () => {
      const { bench, conn, transport } = await slow({ bytes: 4 })
      expect([conn.send('aa'), conn.send('bb')]).toEqual(['queued', 'queued'])
      expect(conn.send('c')).toBe('dropped')
      expect(conn.send('d')).toBe('closed')
      expect(transport.count('terminate')).toBe(1)
      expect(transport.count('close')).toBe(0)
      expect(bench.of('drop')).toEqual([
        { direction: 'out', reason: 'the outbox is full', bytes: 1 },
        { direction: 'out', reason: 'closing', bytes: 2 },
        { direction: 'out', reason: 'closing', bytes: 2 },
      ])
      expect(bench.app.stats()).toMatchObject({
        gauges: { outbox: { bytes: 0 } },
        totals: { dropped: { out: 3 } },
      })
      transport.closed(1006)
      await turn()
      expect(bench.end).toMatchObject({
        code: 4100,
        reason: 'slow consumer',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
    })
  })

  describe("with 'drop-newest'", () => {
    it('what comes is dropped, and what waits stays', async () => {
      const { bench, conn, transport } = await slow({ bytes: 4, overflow: 'drop-newest' })
      expect([conn.send('aa'), conn.send('bb'), conn.send('c')]).toEqual(['queued', 'queued', 'dropped'])
      expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'the outbox is full', bytes: 1 }])
      expect(conn.state).toBe('active')
      transport.answer = 'sent'
      transport.sink.drain()
      expect(transport.sent).toEqual(['0', 'aa', 'bb'])
    })
  })

  describe("with 'drop-oldest'", () => {
    it('what waits longest makes room, as much as is needed', async () => {
      const { bench, conn, transport } = await slow({ bytes: 4, overflow: 'drop-oldest' })
      expect([conn.send('a'), conn.send('b'), conn.send('cc')]).toEqual(['queued', 'queued', 'queued'])
      expect(conn.send('dd')).toBe('queued')
      expect(bench.of('drop')).toEqual([
        { direction: 'out', reason: 'the outbox is full', bytes: 1 },
        { direction: 'out', reason: 'the outbox is full', bytes: 1 },
      ])
      transport.answer = 'sent'
      transport.sink.drain()
      expect(transport.sent).toEqual(['0', 'cc', 'dd'])
    })

    it('nothing that waits is dropped where that would not help', async () => {
      const { bench, conn, transport } = await slow({ bytes: 100, overflow: 'drop-oldest' })
      transport.bufferedAmount = 90
      expect(conn.send('a'.repeat(5))).toBe('queued')
      expect(conn.send('b'.repeat(20))).toBe('dropped')
      expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'the outbox is full', bytes: 20 }])
      transport.answer = 'sent'
      transport.sink.drain()
      expect(transport.sent).toEqual(['0', 'aaaaa'])
    })

    it('what comes is dropped too where the transport fills up meanwhile', async () => {
      const { bench, conn, transport } = await slow({ bytes: 4, overflow: 'drop-oldest' })
      bench.app.on('drop', () => {
        transport.bufferedAmount = 100
      })
      conn.send('aaaa')
      expect(conn.send('b')).toBe('dropped')
      expect(bench.of('drop').map(({ bytes }) => bytes)).toEqual([4, 1])
      expect(bench.app.stats().gauges.outbox.bytes).toBe(0)
    })

    it('a message larger than all of it is dropped where something waits', async () => {
      const { conn } = await slow({ bytes: 4, overflow: 'drop-oldest' })
      expect(conn.send('a')).toBe('queued')
      expect(conn.send('b'.repeat(5))).toBe('dropped')
      expect(conn.bufferedAmount).toBe(1)
    })
  })

  it('nothing that is not told of is ever lost or kept, whatever the policy', () => {
    const policy = fc.constantFrom('drop-newest', 'drop-oldest')
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ send: fc.integer({ min: 0, max: 12 }) }) },
      fc.record({ drain: fc.array(fc.constantFrom('sent', 'queued', 'dropped'), { maxLength: 6 }) }),
    )
    return fc.assert(
      fc.asyncProperty(policy, fc.array(step, { maxLength: 40 }), async (overflow, steps) => {
        const { bench, conn, transport } = await slow({ bytes: 20, overflow })
        let given = 0
        let order = 0
        for (const one of steps) {
          if ('send' in one) {
            order += 1
            given += one.send
            conn.send(String.fromCharCode(0x61 + (order % 26)).repeat(one.send))
          } else {
            const answers = [...one.drain]
            transport.answer = () => answers.shift() ?? 'queued'
            transport.sink.drain()
          }
        }
        const sent = transport.sent.slice(1).join('').length
        const dropped = bench.of('drop').reduce((sum, { bytes }) => sum + bytes, 0)
        expect(sent + dropped + conn.bufferedAmount).toBe(given)
        expect(bench.app.stats().gauges.outbox.bytes).toBe(conn.bufferedAmount)
        expect(bench.app.stats().totals.sent).toBe(transport.count('send'))
      }),
      { numRuns: 100 },
    )
  })
})

describe('before the connection is active', () => {
  it('sends wait, and go first and in order once it is', async () => {
    const { bench, conn, handshake, go } = await waiting()
    expect([conn.send('1'), conn.send(new Uint8Array([0x32]))]).toEqual(['queued', 'queued'])
    expect(conn.bufferedAmount).toBe(2)
    bench.app.on('open', (opened) => void opened.send('3'))
    await go()
    expect(handshake.transport.sent).toEqual(['1', '2', '3'])
  })

  it('sends wait also after an early accept, whatever the transport says', async () => {
    const { conn, handshake, go } = await waiting()
    await conn.accept()
    expect(conn.send('1')).toBe('queued')
    handshake.transport.sink.drain()
    expect(handshake.transport.sent).toEqual([])
    await go()
    expect(handshake.transport.sent).toEqual(['1'])
  })

  it('sends are bound by the outbox: past it the handshake is refused', async () => {
    const { bench, conn, handshake } = await waiting({ outbox: { bytes: 2 } })
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
    const { conn, handshake, go } = await waiting()
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
    const { bench, conn } = await waiting()
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
    const { conn, transport } = await slow()
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
    const { conn, transport } = await slow()
    const drained = conn.drained()
    transport.closed(1006)
    await expect(drained).resolves.toBeUndefined()
    await expect(conn.drained()).resolves.toBeUndefined()
  })

  it('waits for active', async () => {
    const { conn, go } = await waiting()
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
    const { conn, transport } = await slow()
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
    const { bench, conn, transport } = await slow()
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
  it.each([
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
  ])('as text %j is %d bytes of UTF-8', (text, size) => {
    expect(sizeOf(text)).toBe(size)
    expect(sizeOf(text)).toBe(new TextEncoder().encode(text).byteLength)
  })

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
