import { describe, expect, it } from 'vitest'
import type { Timer } from '../src/event.js'
import { resolveOptions } from '../src/options.js'
import { Runtime } from '../src/runtime.js'
import { Timers } from '../src/timers.js'
import { FakeClock } from './fake-clock.js'

const EPOCH = 1_000_000

function timers(): { clock: FakeClock; runtime: Runtime; timers: Timers; fired: [Timer, number][] } {
  const clock = new FakeClock(EPOCH)
  const runtime = new Runtime(
    resolveOptions({
      clock,
      heartbeat: false,
      handshakeTimeout: 100,
      closeTimeout: 200,
      releaseTimeout: 300,
    }),
  )
  const fired: [Timer, number][] = []
  return {
    clock,
    runtime,
    fired,
    timers: new Timers({
      runtime,
      timerFired: (timer) => void fired.push([timer, clock.monotonic()]),
    }),
  }
}

describe('a deadline', () => {
  it.each([
    ['handshake', 100],
    ['close', 200],
    ['release', 300],
  ] as const)('of the %s ends after the time in the options', (timer, time) => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer })
    all.arm()
    clock.skip(10_000)
    expect(fired).toEqual([[timer, time]])
  })

  it('that is over before it is armed never starts', () => {
    const { clock, runtime, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'handshake' })
    expect([clock.pending, runtime.counters.timers]).toEqual([0, 0])
    all.cancel('handshake')
    all.arm()
    expect([clock.pending, runtime.counters.timers]).toEqual([0, 0])
    clock.skip(10_000)
    expect(fired).toEqual([])
  })

  it('is replaced by the next one', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'close' })
    all.schedule({ type: 'schedule', timer: 'release' })
    all.arm()
    expect(clock.pending).toBe(1)
    clock.skip(10_000)
    expect(fired).toEqual([['release', 300]])
  })

  it('is cancelled', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'handshake' })
    all.arm()
    all.cancel('handshake')
    expect(clock.pending).toBe(0)
    clock.skip(10_000)
    expect(fired).toEqual([])
  })
})

describe('a lease', () => {
  it('is announced a minute before its end', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'lead', at: EPOCH + 100_000 })
    clock.skip(100_000)
    expect(fired).toEqual([['lead', 40_000]])
  })

  it.each([59_999, 1, 0, -5_000])('that has %d ms left is announced at once', (left) => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'lead', at: EPOCH + left })
    expect(fired).toEqual([])
    clock.skip(0)
    expect(fired).toEqual([['lead', 0]])
  })

  it('ends when it says', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + 500 })
    clock.skip(499)
    expect(fired).toEqual([])
    clock.skip(1)
    expect(fired).toEqual([['expiry', 500]])
  })

  it('that has ended already ends at once', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'expiry', at: 0 })
    clock.skip(0)
    expect(fired).toEqual([['expiry', 0]])
  })

  it('that is longer than any timer of a platform is waited for in steps', () => {
    const { clock, runtime, timers: all, fired } = timers()
    const tenYears = 10 * 365 * 86_400_000
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + tenYears })
    clock.skip(tenYears - 1)
    expect(fired).toEqual([])
    expect(runtime.counters.timers).toBe(1)
    expect(clock.pending).toBe(1)
    clock.skip(1)
    expect(fired).toEqual([['expiry', tenYears]])
    expect(clock.made).toBe(147)
  })

  it('that is longer than any timer of a platform is cancelled between two steps', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + 2 ** 33 })
    clock.skip(2 ** 32)
    all.cancel('expiry')
    clock.skip(2 ** 34)
    expect(fired).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('is replaced by its renewal', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + 100 })
    all.schedule({ type: 'schedule', timer: 'lead', at: EPOCH + 61_000 })
    clock.skip(100_000)
    expect(fired).toEqual([['lead', 1_000]])
  })
})

describe('deadlines and leases', () => {
  it('run side by side', () => {
    const { clock, timers: all, fired } = timers()
    all.schedule({ type: 'schedule', timer: 'close' })
    all.arm()
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + 50 })
    expect(clock.pending).toBe(2)
    clock.skip(10_000)
    expect(fired).toEqual([
      ['expiry', 50],
      ['close', 200],
    ])
  })

  it('are counted while they run', () => {
    const { clock, runtime, timers: all } = timers()
    all.cancel('close')
    expect(runtime.counters.timers).toBe(0)
    all.schedule({ type: 'schedule', timer: 'close' })
    all.arm()
    all.schedule({ type: 'schedule', timer: 'lead', at: EPOCH + 70_000 })
    all.schedule({ type: 'schedule', timer: 'expiry', at: EPOCH + 70_000 })
    expect(runtime.counters.timers).toBe(2)
    clock.skip(200)
    expect(runtime.counters.timers).toBe(1)
    all.cancel('lead')
    expect(runtime.counters.timers).toBe(0)
    all.cancel('expiry')
    expect(runtime.counters.timers).toBe(0)
  })
})
