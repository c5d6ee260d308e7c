import { describe, expect, it } from 'vitest'
import { Backoff } from '../../src/cluster/backoff.js'
import { Pauses } from '../../src/pauses.js'
import { FakeClock } from '../fake-clock.js'

describe('pauses', () => {
  it('last as long as they were asked for', async () => {
    const clock = new FakeClock()
    const pauses = new Pauses(clock)
    const over: number[] = []
    for (const time of [30, 10]) void pauses.wait(time).then(() => over.push(time))
    await clock.advance(10)
    expect(over).toEqual([10])
    await clock.advance(20)
    expect(over).toEqual([10, 30])
  })

  it('can all be cut short, and leave no timer', async () => {
    const clock = new FakeClock()
    const pauses = new Pauses(clock)
    const both = Promise.all([pauses.wait(1_000), pauses.wait(2_000)])
    pauses.wake()
    await both
    expect(clock.pending).toBe(0)
    pauses.wake()
  })
})

describe('delays between attempts', () => {
  it('grow to 5 seconds, and are never shorter than half of the longest', () => {
    const backoff = new Backoff(0)
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const longest = Math.min(5_000, 100 * 2 ** attempt)
      const delay = backoff.next()
      expect(delay).toBeGreaterThanOrEqual(longest / 2)
      expect(delay).toBeLessThanOrEqual(longest)
    }
  })

  it('are not those of another node', () => {
    const first = Array.from({ length: 100 }, (_, node) => new Backoff(node / 100).next())
    expect(new Set(first).size).toBe(100)
  })
})
