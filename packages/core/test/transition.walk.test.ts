import { beforeAll, describe, expect, it } from 'vitest'
import type { LifecycleState, State } from '../src/state.js'
import { begin, transition } from '../src/transition.js'
import { EVENTS, STAGES } from './transition.states.js'

const PHASES: readonly LifecycleState[] = ['connecting', 'authenticated', 'active', 'closing', 'closed']

/** Where each phase may lead, itself included. */
const LEGAL: { readonly [Phase in LifecycleState]: readonly LifecycleState[] } = {
  connecting: ['connecting', 'authenticated', 'closing'],
  authenticated: ['authenticated', 'active', 'closing'],
  active: ['active', 'closing'],
  closing: ['closing', 'closed'],
  closed: ['closed'],
}

interface Reached {
  readonly state: State
  readonly next: Set<string>
}

const reached = new Map<string, Reached>()

/** `undefined` is told apart from what is missing. */
function keyOf(state: State): string {
  return JSON.stringify(state, (_, value: unknown) => (value === undefined ? 'undefined' : value))
}

beforeAll(() => {
  const waiting = [begin(false)[0], begin(true)[0]]
  for (const state of waiting) reached.set(keyOf(state), { state, next: new Set() })
  for (let state = waiting.shift(); state !== undefined; state = waiting.shift()) {
    const { next } = reached.get(keyOf(state)) as Reached
    for (const event of Object.values(EVENTS)) {
      const [after] = transition(state, event)
      const key = keyOf(after)
      next.add(key)
      if (reached.has(key)) continue
      reached.set(key, { state: after, next: new Set() })
      waiting.push(after)
    }
  }
})

const all = (): readonly State[] => [...reached.values()].map(({ state }) => state)
const successors = (key: string): readonly State[] =>
  [...(reached.get(key) as Reached).next].map((next) => (reached.get(next) as Reached).state)

describe('from the beginning, by every event', () => {
  it('every phase and every stage of closing is reached', () => {
    expect([...new Set(all().map(({ phase }) => phase))].sort()).toEqual([...PHASES].sort())
    const stages = all().flatMap((state) => (state.phase === 'closing' ? [state.stage] : []))
    expect([...new Set(stages)].sort()).toEqual([...STAGES].sort())
  })

  it('the states are finitely many', () => {
    expect(reached.size).toBeGreaterThan(100)
    expect(reached.size).toBeLessThan(1_000)
  })

  it('a phase leads only where it may', () => {
    for (const [key, { state }] of reached) {
      for (const next of successors(key)) expect(LEGAL[state.phase]).toContain(next.phase)
    }
  })

  it('closing goes through its stages in order and never back', () => {
    for (const [key, { state }] of reached) {
      if (state.phase !== 'closing') continue
      for (const next of successors(key)) {
        if (next.phase !== 'closing') continue
        expect(STAGES.indexOf(next.stage)).toBeGreaterThanOrEqual(STAGES.indexOf(state.stage))
      }
    }
  })

  it('nothing leads out of closed', () => {
    for (const [key, { state }] of reached) {
      if (state.phase === 'closed') expect(successors(key)).toEqual([state])
    }
  })

  it('closed can be reached from everywhere', () => {
    const closes = new Set(
      [...reached].filter(([, { state }]) => state.phase === 'closed').map(([key]) => key),
    )
    for (let before = -1; before !== closes.size; ) {
      before = closes.size
      for (const [key, { next }] of reached) if ([...next].some((one) => closes.has(one))) closes.add(key)
    }
    expect(closes.size).toBe(reached.size)
  })

  it('why it ends is settled when closing begins', () => {
    for (const [key, { state }] of reached) {
      if (state.phase !== 'closing') continue
      const { code, reason, by } = state.ending
      for (const next of successors(key)) {
        expect('ending' in next && next.ending).toMatchObject({ code, reason, by })
      }
    }
  })

  it('middlewares have unwound wherever releases run, and nowhere where they are waited for', () => {
    for (const state of all()) {
      if (state.phase !== 'closing') continue
      if (state.stage === 'release') expect(state.settled).toBe(true)
      if (state.stage === 'pipeline') expect(state.settled).toBe(false)
    }
  })

  it('an ending is clean only with a code on the wire, and never where we cut', () => {
    for (const state of all()) {
      if (!('ending' in state) || !state.ending.clean) continue
      expect(state.ending.wireCode).toBeDefined()
      expect('cut' in state && state.cut).toBe(false)
    }
  })

  it('what never travels is never named as what did', () => {
    for (const state of all()) {
      if ('ending' in state) expect([1006, 1015, 4100, 4102]).not.toContain(state.ending.wireCode)
    }
  })

  it('nobody but the network ends with 1006, except by terminate', () => {
    for (const state of all()) {
      if (!('ending' in state) || state.ending.code !== 1006) continue
      expect(state.ending.by).not.toBe('peer')
      expect(state.ending.clean).toBe(false)
      expect(state.ending.wireCode).toBeUndefined()
    }
  })
})
