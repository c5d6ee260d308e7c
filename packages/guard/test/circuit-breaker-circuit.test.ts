import { VirtualClock } from '@linkspan/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Circuit, type Pass } from '../src/circuit-breaker-circuit.js'

function circuit(halfOpen = 1) {
  const clock = new VirtualClock()
  const changes: string[] = []
  const terms = { clock, errorRate: 0.5, window: 10_000, minimum: 2, cooldown: 5_000, halfOpen }
  const made = new Circuit(terms, ({ from, to }) => changes.push(`${from} → ${to}`))
  const enter = (): Pass => {
    const pass = made.enter()
    if (pass === undefined) throw new Error('it was not let through')
    return pass
  }
  const settle = () => clock.advance(0)
  const open = async () => {
    for (let i = 0; i < 2; i += 1) made.leave(enter(), 'failure')
    await settle()
  }
  return { made, clock, changes, enter, settle, open }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a circuit', () => {
  it('opens, waits for its cooldown, tries, and closes', async () => {
    const { made, clock, changes, enter, settle, open } = circuit()
    await open()
    expect(made.enter()).toBeUndefined()
    await clock.advance(4_999)
    expect(made.enter()).toBeUndefined()
    await clock.advance(1)
    const trial = enter()
    expect([made.state, made.trying, made.enter()]).toEqual(['half-open', 1, undefined])
    made.leave(trial, 'success')
    await settle()
    expect(made.state).toBe('closed')
    expect(changes).toEqual(['closed → open', 'open → half-open', 'half-open → closed'])
  })

  it('is on the injected clock alone: what Date says changes nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 10_000_000 })
    const { made, clock, enter, open } = circuit()
    await open()
    vi.setSystemTime(99_000_000)
    expect(made.enter()).toBeUndefined()
    vi.setSystemTime(0)
    await clock.advance(5_000)
    enter()
    expect(made.state).toBe('half-open')
  })

  it('opens again at the first trial that fails, whatever the others do', async () => {
    const { made, clock, enter, settle, open } = circuit(3)
    await open()
    await clock.advance(5_000)
    const [one, two, three] = [enter(), enter(), enter()]
    expect(made.enter()).toBeUndefined()
    made.leave(one, 'success')
    made.leave(two, 'failure')
    await settle()
    made.leave(three, 'success')
    await settle()
    expect(made.state).toBe('open')
    await clock.advance(4_999)
    expect(made.enter()).toBeUndefined()
  })

  it('lets another one try in place of one that said nothing, but not of one that succeeded', async () => {
    const { made, clock, enter, settle, open } = circuit(2)
    await open()
    await clock.advance(5_000)
    made.leave(enter(), 'success')
    made.leave(enter(), 'neutral')
    const other = enter()
    expect(made.enter()).toBeUndefined()
    made.leave(other, 'success')
    await settle()
    expect(made.state).toBe('closed')
  })

  it('does not count what began before it changed', async () => {
    const { made, clock, enter, settle, open } = circuit()
    const early = enter()
    const late = enter()
    await open()
    made.leave(early, 'success')
    await clock.advance(5_000)
    const trial = enter()
    made.leave(late, 'failure')
    await settle()
    expect(made.state).toBe('half-open')
    made.leave(trial, 'success')
    await settle()
    expect(made.counts()).toEqual({ succeeded: 0, failed: 0 })
  })

  it('takes no notice of what says nothing', async () => {
    const { made, enter, settle } = circuit()
    for (let i = 0; i < 50; i += 1) made.leave(enter(), 'neutral')
    await settle()
    expect([made.state, made.counts()]).toEqual(['closed', { succeeded: 0, failed: 0 }])
  })

  it('tells those it refuses when to come back, in whole seconds', async () => {
    const { made, clock, enter, open } = circuit()
    await open()
    await clock.advance(1_001)
    expect(made.refusal()).toMatchObject({ status: 503, code: 1013, headers: { 'retry-after': '4' } })
    await clock.advance(3_999)
    enter()
    expect(made.refusal().headers['retry-after']).toBe('1')
  })
})
