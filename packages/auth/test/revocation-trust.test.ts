import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import type { Revocation } from '../src/index.js'
import { Trust } from '../src/revocation-trust.js'
import { memoryBus } from './memory-bus.js'

const LIMITS = { deadline: 10_000, remember: 60_000 }

function setUp({ keeps = true, down = false } = {}) {
  const clock = new VirtualClock()
  const bus = memoryBus<Revocation>(keeps)
  if (down) bus.cut()
  const told: unknown[] = []
  const start = (): Trust =>
    new Trust(bus, clock, LIMITS, {
      caughtUp: (missed) => told.push(missed.map(({ id }) => id)),
      missed: () => told.push('missed'),
      overdue: () => told.push('overdue'),
      changed: (sure) => told.push(sure),
      failed: (error) => told.push((error as Error).message),
    })
  return { clock, bus, told, start }
}

function made(id: string, at: number): Revocation {
  return { id, at, until: at + LIMITS.remember, subject: 'ada' }
}

describe('trust', () => {
  it('begins with what was revoked before, as far back as is remembered', async () => {
    const { clock, bus, told, start } = setUp()
    await bus.publish(made('forgotten', clock.now() - 60_001))
    await bus.publish(made('known', clock.now() - 60_000))
    const trust = start()
    expect([trust.sure, trust.holds]).toEqual([false, true])
    await clock.advance(0)
    expect([trust.sure, trust.holds, clock.pending]).toEqual([true, true, 0])
    expect(told).toEqual([true, ['known']])
  })

  it('is over at the deadline of an outage, and comes back with the bus', async () => {
    const { clock, bus, told, start } = setUp()
    const trust = start()
    await clock.advance(0)
    bus.cut()
    await clock.advance(9_999)
    expect([trust.sure, trust.holds]).toEqual([false, true])
    await clock.advance(1)
    expect(trust.holds).toBe(false)
    bus.mend()
    await clock.advance(0)
    expect([trust.sure, trust.holds, clock.pending]).toEqual([true, true, 0])
    expect(told).toEqual([true, [], false, 'overdue', true, []])
  })

  it('looks further back than the outage by the deadline: clocks differ', async () => {
    const { clock, bus, told, start } = setUp()
    start()
    await clock.advance(50_000)
    bus.cut()
    const kept = clock.now()
    await bus.link().publish(made('early', kept - 10_000))
    await bus.link().publish(made('too early', kept - 10_001))
    bus.mend()
    await clock.advance(0)
    expect(told.at(-1)).toEqual(['early'])
  })

  it('holds only until the deadline where the bus is there, but cannot tell what was missed', async () => {
    const { clock, bus, told, start } = setUp()
    const broken = Object.assign(bus, { since: () => Promise.reject(new Error('the log is gone')) })
    const trust = start()
    await clock.advance(9_999)
    expect(trust.holds).toBe(true)
    await clock.advance(1)
    expect(trust.holds).toBe(false)
    expect(told.filter((entry) => entry === 'the log is gone').length).toBeGreaterThan(5)
    Object.assign(broken, { since: () => Promise.resolve([]) })
    await clock.advance(1_000)
    expect([trust.holds, clock.pending]).toEqual([true, 0])
  })

  it('waits for a log that hangs no longer than the deadline, and asks again', async () => {
    const { clock, bus, told, start } = setUp()
    Object.assign(bus, { since: () => new Promise(() => {}) })
    const trust = start()
    await clock.advance(10_000)
    expect(told).toEqual(['overdue', 'the bus did not answer'])
    Object.assign(bus, { since: () => Promise.resolve([]) })
    await clock.advance(1_000)
    expect([trust.sure, clock.pending]).toEqual([true, 0])
  })

  it('closed while it asks, it waits no longer', () => {
    const { clock, bus, told, start } = setUp()
    Object.assign(bus, { since: () => new Promise(() => {}) })
    start().close()
    expect([clock.pending, bus.listeners, told]).toEqual([0, 0, []])
  })

  it('does not believe an answer that was given before a further outage', async () => {
    const { clock, bus, start } = setUp()
    let answer: (missed: Revocation[]) => void = () => {}
    Object.assign(bus, { since: () => new Promise((resolve) => (answer = resolve)) })
    const trust = start()
    await clock.advance(0)
    bus.cut()
    answer([])
    await clock.advance(0)
    expect(trust.sure).toBe(false)
    trust.close()
  })

  it('of a bus that keeps nothing begins at once, and knows after an outage that it knows nothing', async () => {
    const { clock, bus, told, start } = setUp({ keeps: false })
    const trust = start()
    expect([trust.sure, clock.pending]).toEqual([true, 0])
    bus.cut()
    bus.mend()
    expect([trust.sure, clock.pending]).toEqual([true, 0])
    expect(told).toEqual([true, false, true, 'missed'])
  })

  it('of a bus that comes late has missed nothing that it could know of', () => {
    const { bus, told, start } = setUp({ keeps: false, down: true })
    const trust = start()
    expect(trust.sure).toBe(false)
    bus.mend()
    expect(trust.sure).toBe(true)
    expect(told).toEqual([true])
  })

  it('closed, it holds no more, and leaves neither timers nor listeners', async () => {
    const { clock, bus, start } = setUp({ down: true })
    const trust = start()
    trust.close()
    expect([trust.holds, clock.pending, bus.listeners]).toEqual([false, 0, 0])
  })
})
