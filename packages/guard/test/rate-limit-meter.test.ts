import { type Connection, linkspan } from '@linkspan/core'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { ConnectionMeter, remembered, SharedMeter } from '../src/rate-limit-meter.js'

/** Two connections. */
async function pair(): Promise<[Connection<unknown>, Connection<unknown>]> {
  const app = linkspan({ origin: '*', heartbeat: false })
  const host = await memoryHost(app)
  await host.connect().answer
  await host.connect().answer
  const [one, two] = [...app.connections] as [Connection<unknown>, Connection<unknown>]
  await host.close()
  return [one, two]
}

const quota = { points: 1, per: 1_000 }

describe('a meter', () => {
  it('by connection gives each its own quota', async () => {
    const [one, two] = await pair()
    const meter = new ConnectionMeter(quota, new VirtualClock())
    expect([meter.take(one, 1), meter.take(one, 1), meter.take(two, 1)]).toEqual([0, 1_000, 0])
    expect(meter.borrow(two, 1)).toBe(1_000)
    expect(meter.confirm()).toBe(0)
  })

  it('by key gives those with the same one a quota together, and follows the clock', async () => {
    const [one, two] = await pair()
    const clock = new VirtualClock()
    const meter = new SharedMeter(quota, 10, clock, () => 'both', undefined)
    expect([meter.take(one, 1), meter.take(two, 1)]).toEqual([0, 1_000])
    expect(meter.size).toBe(1)
    await clock.advance(1_000)
    expect(meter.size).toBe(0)
    expect(meter.take(two, 1)).toBe(0)
  })

  it('gives back what was borrowed for nothing', async () => {
    const [one] = await pair()
    const meter = new SharedMeter(quota, 10, new VirtualClock(), () => 'k', undefined)
    expect([meter.borrow(one, 1), meter.borrow(one, 1)]).toEqual([0, 1_000])
    meter.giveBack(one, 1)
    expect(meter.borrow(one, 1)).toBe(1_000)
  })

  it('leaves alone whoever has no key', async () => {
    const [one] = await pair()
    const meter = new SharedMeter(quota, 10, new VirtualClock(), () => undefined, undefined)
    expect([meter.take(one, 5), meter.take(one, 5), meter.borrow(one, 5), meter.confirm(one, 5)]).toEqual([
      0, 0, 0, 0,
    ])
    meter.giveBack(one, 5)
    expect(meter.size).toBe(0)
  })

  it('asks for a remembered key once a connection', async () => {
    const [one, two] = await pair()
    const asked: string[] = []
    const keyOf = remembered<unknown>((conn) => {
      asked.push(conn.id)
      return conn === one ? 'one' : undefined
    })
    expect([keyOf(one), keyOf(one), keyOf(two), keyOf(two)]).toEqual(['one', 'one', undefined, undefined])
    expect(asked).toEqual([one.id, two.id])
  })
})
