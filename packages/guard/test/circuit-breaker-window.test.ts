import { VirtualClock } from '@linkspan/testing'
import { CircuitState } from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { FailureWindow } from '../src/circuit-breaker-window.js'

const { Closed, HalfOpen } = CircuitState

function windowed(errorRate = 0.5, minimum = 4) {
  const clock = new VirtualClock()
  return { clock, window: new FailureWindow(clock, 10_000, errorRate, minimum) }
}

describe('the window of failures', () => {
  it('opens at the rate, and not below it', () => {
    const { window } = windowed()
    for (let i = 0; i < 3; i += 1) window.success(Closed)
    expect([window.failure(Closed), window.failure(Closed), window.failure(Closed)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('does not open below the minimum, however bad it is', () => {
    const { window } = windowed()
    expect([1, 2, 3, 4].map(() => window.failure(Closed))).toEqual([false, false, false, true])
  })

  it('opens at rate 1 only when everything fails', () => {
    const { window } = windowed(1, 2)
    window.success(Closed)
    for (let i = 0; i < 50; i += 1) expect(window.failure(Closed)).toBe(false)
  })

  it('forgets what is older than it, also after a quiet time', async () => {
    const { clock, window } = windowed(0.5, 4)
    for (let i = 0; i < 3; i += 1) window.failure(Closed)
    await clock.advance(3_600_000)
    expect(window.counts()).toEqual({ succeeded: 0, failed: 0 })
    expect(window.failure(Closed)).toBe(false)
  })

  it('moves on by tenths', async () => {
    const { clock, window } = windowed()
    window.success(Closed)
    await clock.advance(1_000)
    window.failure(Closed)
    await clock.advance(8_999)
    expect(window.counts()).toEqual({ succeeded: 1, failed: 1 })
    await clock.advance(1)
    expect(window.counts()).toEqual({ succeeded: 0, failed: 1 })
    await clock.advance(1_000)
    expect(window.counts()).toEqual({ succeeded: 0, failed: 0 })
  })

  it('opens at the first failure of a trial, and begins anew after a good one', () => {
    const { window } = windowed()
    expect(window.failure(HalfOpen)).toBe(true)
    window.success(HalfOpen)
    expect(window.counts()).toEqual({ succeeded: 0, failed: 0 })
  })
})
