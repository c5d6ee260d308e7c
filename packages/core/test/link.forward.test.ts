import { describe, expect, it } from 'vitest'
import type { SendResult } from '../src/outbox.js'
import { handled } from './connected.js'

/** A connection that sends back what it is sent, on a transport that lends its bytes. */
async function echoing(answer: 'sent' | 'queued' | 'dropped') {
  const results: SendResult[] = []
  const made = await handled((conn, message) => void results.push(conn.send(message)), {}, { borrows: true })
  const lent: boolean[] = []
  const bytes = new TextEncoder().encode('hello')
  made.transport.answer = (data) => {
    lent.push(data === bytes)
    return answer
  }
  made.transport.sink.message(bytes, false)
  return { ...made, results, lent, bytes }
}

describe('a message that is sent on', () => {
  it('goes back to a transport that lends its bytes without a copy, and is counted', async () => {
    const { bench, results, lent } = await echoing('sent')
    expect(results).toEqual(['sent'])
    expect(lent).toEqual([true])
    expect(bench.app.stats().totals.sent).toBe(1)
  })

  it('that the transport has queued is taken, and what follows waits', async () => {
    const { bench, conn, results, transport } = await echoing('queued')
    expect(results).toEqual(['queued'])
    expect(bench.app.stats().totals.sent).toBe(1)
    transport.answer = 'sent'
    expect(conn.send('more')).toBe('queued')
    transport.sink.drain()
    expect(transport.sent.at(-1)).toBe('more')
  })

  it('that the transport has no room for is copied, and waits', async () => {
    const { bench, results, transport, bytes } = await echoing('dropped')
    expect(results).toEqual(['queued'])
    expect(bench.app.stats().totals.sent).toBe(0)
    bytes.fill(0x78)
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['hello'])
  })
})
