import { describe, expect, it } from 'vitest'
import { handled, slowHandler } from './connected.js'

describe('past its bounds', () => {
  it('of messages the transport is paused, and goes on when half of the room is free', async () => {
    const { handler, release } = slowHandler()
    const { transport } = await handled(handler, { inbox: { messages: 4 } })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.count('pause')).toBe(0)
    transport.receive('5')
    expect(transport.count('pause')).toBe(1)
    await release()
    expect(transport.count('resume')).toBe(0)
    await release()
    expect(transport.count('resume')).toBe(1)
    expect(transport.count('pause')).toBe(1)
  })

  it('of bytes the transport is paused, and goes on when half of the room is free', async () => {
    const { handler, release } = slowHandler()
    const { transport } = await handled(handler, { inbox: { bytes: 8 } })
    for (const text of ['1', 'aa', 'bb', 'cc']) transport.receive(text)
    expect(transport.count('pause')).toBe(0)
    transport.receive('dd')
    expect(transport.count('pause')).toBe(1)
    await release()
    expect(transport.count('resume')).toBe(0)
    await release()
    expect(transport.count('resume')).toBe(1)
  })

  it('what was under way already is still taken, without asking to pause again', async () => {
    const { handler, log, release } = slowHandler()
    const { transport } = await handled(handler, { inbox: { messages: 1 } })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.count('pause')).toBe(1)
    for (let i = 0; i < 4; i += 1) await release()
    expect(log.filter((line) => line.endsWith('ends'))).toEqual(['1 ends', '2 ends', '3 ends', '4 ends'])
    expect(transport.count('resume')).toBe(1)
  })

  it('it pauses again as often as it has to', async () => {
    const { handler, release } = slowHandler()
    const { transport } = await handled(handler, { inbox: { messages: 1 } })
    transport.receive('1')
    for (let round = 1; round <= 3; round += 1) {
      transport.receive('2')
      expect(transport.count('pause')).toBe(round)
      await release()
      expect(transport.count('resume')).toBe(round)
    }
  })

  it('a transport that cannot be paused is closed with 4101, and what waits is dropped', async () => {
    const { handler } = slowHandler()
    const { bench, transport } = await handled(handler, { inbox: { messages: 2 } }, { pausable: false })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.calls).toEqual([{ call: 'close', code: 4101, reason: 'too many messages' }])
    expect(bench.of('drop')).toHaveLength(3)
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('messages without a byte are counted too', async () => {
    const { handler } = slowHandler()
    const { transport } = await handled(handler, { inbox: { messages: 2 } })
    for (let i = 0; i < 3; i += 1) transport.receive('')
    expect(transport.count('pause')).toBe(1)
  })

  it('it is not paused for good: closing reads on, for the answer to our close frame', async () => {
    const { handler } = slowHandler()
    const { conn, transport } = await handled(handler, { inbox: { messages: 1 } })
    transport.receive('1')
    transport.receive('2')
    conn.close()
    expect(transport.calls).toEqual([
      { call: 'pause' },
      { call: 'resume' },
      { call: 'close', code: 1000, reason: '' },
    ])
  })
})
