import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slowPeer } from './connected.js'
import { turn } from './fake-clock.js'

describe('past its bound', () => {
  it('the bytes that the transport holds count too', async () => {
    const { conn, transport } = await slowPeer({ bytes: 10, overflow: 'drop-newest' })
    transport.bufferedAmount = 6
    expect(conn.send('aaaa')).toBe('queued')
    expect(conn.send('b')).toBe('dropped')
    expect(conn.bufferedAmount).toBe(10)
    transport.bufferedAmount = 5
    expect(conn.send('b')).toBe('queued')
  })

  it('one message larger than it still goes where nothing else waits', async () => {
    const { conn, transport } = await slowPeer({ bytes: 10, overflow: 'drop-newest' })
    transport.bufferedAmount = 0
    expect(conn.send('a'.repeat(100))).toBe('queued')
    expect(conn.send('b')).toBe('dropped')
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', 'a'.repeat(100)])
  })

  describe("with 'close'", () => {
    it('the connection is cut, with 4100 that no close frame carries', async () => {
      const { bench, conn, transport } = await slowPeer({ bytes: 4 })
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
      const { bench, conn, transport } = await slowPeer({ bytes: 4, overflow: 'drop-newest' })
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
      const { bench, conn, transport } = await slowPeer({ bytes: 4, overflow: 'drop-oldest' })
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
      const { bench, conn, transport } = await slowPeer({ bytes: 100, overflow: 'drop-oldest' })
      transport.bufferedAmount = 90
      expect(conn.send('a'.repeat(5))).toBe('queued')
      expect(conn.send('b'.repeat(20))).toBe('dropped')
      expect(bench.of('drop')).toEqual([{ direction: 'out', reason: 'the outbox is full', bytes: 20 }])
      transport.answer = 'sent'
      transport.sink.drain()
      expect(transport.sent).toEqual(['0', 'aaaaa'])
    })

    it('what comes is dropped too where the transport fills up meanwhile', async () => {
      const { bench, conn, transport } = await slowPeer({ bytes: 4, overflow: 'drop-oldest' })
      bench.app.on('drop', () => {
        transport.bufferedAmount = 100
      })
      conn.send('aaaa')
      expect(conn.send('b')).toBe('dropped')
      expect(bench.of('drop').map(({ bytes }) => bytes)).toEqual([4, 1])
      expect(bench.app.stats().gauges.outbox.bytes).toBe(0)
    })

    it('a message larger than all of it is dropped where something waits', async () => {
      const { conn } = await slowPeer({ bytes: 4, overflow: 'drop-oldest' })
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
        const { bench, conn, transport } = await slowPeer({ bytes: 20, overflow })
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
