import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ports/clock.js'

describe("the platform's clock", () => {
  it('tells the wall time in milliseconds since the epoch', () => {
    const before = Date.now()
    const now = systemClock.now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  it('measures time that never goes back', () => {
    const readings = Array.from({ length: 1_000 }, () => systemClock.monotonic())
    expect(readings).toEqual([...readings].sort((one, other) => one - other))
  })

  it('calls back once, not before the delay', async () => {
    const start = systemClock.monotonic()
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, 5)
    })
    // The platform's timers count in whole milliseconds.
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(4)
  })

  it('forgets a timer that was cleared, and ignores one that has fired', async () => {
    let fired = 0
    const cleared = systemClock.setTimeout(() => {
      fired += 1
    }, 0)
    systemClock.clearTimeout(cleared)
    let last: unknown
    await new Promise<void>((resolve) => {
      last = systemClock.setTimeout(resolve, 1)
    })
    systemClock.clearTimeout(last)
    expect(fired).toBe(0)
  })
})
