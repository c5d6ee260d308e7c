import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect } from '../src/effect.js'
import type { Event, Timer } from '../src/event.js'
import { Rejection } from '../src/rejection.js'
import type { LifecycleState, State } from '../src/state.js'
import { begin, transition } from '../src/transition.js'
import { TIMERS } from './transition.states.js'

const ORDER: readonly LifecycleState[] = ['connecting', 'authenticated', 'active', 'closing', 'closed']
const LEASE: ReadonlySet<Timer> = new Set(['lead', 'expiry'])

/** The machine, a mailbox, and timers that fire only when they have been scheduled. Nothing else. */
class Life {
  state: State
  readonly phases: LifecycleState[]
  readonly effects: Effect[] = []
  readonly timers = new Set<Timer>()

  constructor(visibly: boolean) {
    const [state, effects] = begin(visibly)
    this.state = state
    this.phases = [state.phase]
    this.#perform(effects, [])
  }

  happen(event: Event): void {
    if (event.type === 'timer.fired' && !this.timers.delete(event.timer)) return
    const mailbox = [event]
    for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift()) {
      const [state, effects] = transition(this.state, next)
      if (state.phase !== this.state.phase) this.phases.push(state.phase)
      this.state = state
      this.#perform(effects, mailbox)
    }
  }

  /** Everything that is still awaited comes, in whatever order it is awaited in. */
  conclude(): void {
    this.happen({ type: 'close.requested', code: 1000, reason: '' })
    for (let steps = 0; this.state.phase !== 'closed'; steps += 1) {
      if (steps > 20) throw new Error(`does not end: ${JSON.stringify(this.state)}`)
      this.happen({ type: 'transport.closed', code: 1000, reason: '' })
      this.happen({ type: 'inbox.finished' })
      this.happen({ type: 'pipeline.settled' })
      this.happen({ type: 'resources.released' })
    }
  }

  count(type: Effect['type']): number {
    return this.effects.filter((effect) => effect.type === type).length
  }

  first(type: Effect['type']): number {
    return this.effects.findIndex((effect) => effect.type === type)
  }

  #perform(effects: readonly Effect[], mailbox: Event[]): void {
    for (const effect of effects) {
      this.effects.push(effect)
      if (effect.type === 'raise') mailbox.push(effect.event)
      else if (effect.type === 'cancel') this.timers.delete(effect.timer)
      else if (effect.type === 'schedule') this.timers.add(effect.timer)
    }
  }
}

const expiresAt = fc.option(fc.integer({ min: 0, max: 2 ** 42 }), { nil: undefined })
const reason = fc.string({ maxLength: 5 })
const closable = fc.constantFrom(1000, 1001, 1008, 1011, 1012, 1013, 3000, 4000, 4001, 4010, 4101, 4200)
const rejection = fc
  .record({ status: fc.integer({ min: 300, max: 599 }), reason })
  .map((init) => new Rejection(init))

const violation = fc.option(fc.record({ code: fc.constantFrom(1002, 1007, 1009), sent: fc.boolean() }), {
  nil: undefined,
})

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('identity.settled' as const), expiresAt }),
  fc.record({ type: fc.constant('identity.renewed' as const), expiresAt }),
  fc.constant<Event>({ type: 'accept.requested' }),
  { weight: 3, arbitrary: fc.constant<Event>({ type: 'pipeline.completed' }) },
  fc.record({ type: fc.constant('pipeline.refused' as const), rejection, settled: fc.boolean() }),
  fc.constant<Event>({ type: 'pipeline.settled' }),
  fc.record(
    { type: fc.constant('close.requested' as const), code: closable, reason, retryAfter: fc.nat() },
    { requiredKeys: ['type', 'code', 'reason'] },
  ),
  fc.record({
    type: fc.constant('terminate.requested' as const),
    code: fc.constantFrom(1006, 4100, 4102),
    reason,
  }),
  fc.constant<Event>({ type: 'handshake.aborted' }),
  fc.record({
    type: fc.constant('transport.closed' as const),
    code: fc.constantFrom(1000, 1001, 1005, 1006, 4999),
    reason,
    violation,
  }),
  fc.constant<Event>({ type: 'inbox.finished' }),
  fc.constant<Event>({ type: 'resources.released' }),
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('timer.fired' as const), timer: fc.constantFrom(...TIMERS) }),
  },
)

/** Checks something after each event, and something else when it is over. */
function throughout(each: (life: Life) => void, last: (life: Life) => void = () => {}): void {
  fc.assert(
    fc.property(fc.boolean(), fc.array(event, { maxLength: 40 }), (visibly, events) => {
      const life = new Life(visibly)
      each(life)
      for (const one of events) {
        life.happen(one)
        each(life)
      }
      life.conclude()
      each(life)
      last(life)
    }),
    { numRuns: 2_000 },
  )
}

const never = (): void => {}

describe('whatever happens, and in whatever order', () => {
  it('it ends, and exactly once', () => {
    throughout(never, (life) => {
      expect(life.state.phase).toBe('closed')
      expect(life.count('finish')).toBe(1)
      expect(life.effects.at(-1)).toEqual({ type: 'finish' })
    })
  })

  it('phases only go forward, and none but closing is skipped to', () => {
    throughout(never, ({ phases }) => {
      const ranks = phases.map((phase) => ORDER.indexOf(phase))
      for (const [index, rank] of ranks.entries()) {
        if (index === 0) continue
        const step = rank - (ranks[index - 1] as number)
        expect(step).toBeGreaterThan(0)
        if (step > 1) expect(phases[index]).toBe('closing')
      }
    })
  })

  it('closed absorbs everything', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, after) => {
        const life = new Life(false)
        for (const one of before) life.happen(one)
        life.conclude()
        const { state } = life
        for (const one of after) {
          const [next, effects] = transition(state, one)
          expect(next).toBe(state)
          expect(effects).toEqual([])
        }
      }),
      { numRuns: 500 },
    )
  })

  it('every timer has been cancelled or has fired by the end', () => {
    throughout(never, ({ timers }) => {
      expect([...timers]).toEqual([])
    })
  })

  it('at most one deadline and at most one end of a lease are on the clock', () => {
    throughout(({ timers }) => {
      const leases = [...timers].filter((timer) => LEASE.has(timer))
      expect(leases.length).toBeLessThanOrEqual(1)
      expect(timers.size - leases.length).toBeLessThanOrEqual(1)
    })
  })

  it('every wait has a deadline, and an active connection none but its lease', () => {
    throughout(({ state, timers }) => {
      const deadlines = [...timers].filter((timer) => !LEASE.has(timer))
      switch (state.phase) {
        case 'connecting':
        case 'authenticated':
          return expect([...timers]).toEqual(['handshake'])
        case 'active':
          expect(deadlines).toEqual([])
          return expect(timers.size).toBe(state.expiresAt === undefined ? 0 : 1)
        case 'closing':
          return expect([...timers]).toEqual([
            state.stage === 'socket' || state.stage === 'backlog' ? 'close' : 'release',
          ])
        case 'closed':
          return expect([...timers]).toEqual([])
      }
    })
  })

  it('an upgrade is answered at most once', () => {
    throughout(never, (life) => {
      expect(life.count('acceptUpgrade') + life.count('rejectUpgrade')).toBeLessThanOrEqual(1)
    })
  })

  it('at most one close frame is sent, and only on an open socket', () => {
    throughout(never, (life) => {
      expect(life.count('sendClose')).toBeLessThanOrEqual(1)
      if (life.count('sendClose') === 0) return
      expect(life.first('acceptUpgrade')).toBeGreaterThanOrEqual(0)
      expect(life.first('acceptUpgrade')).toBeLessThan(life.first('sendClose'))
    })
  })

  it('it becomes active at most once, on an open socket, and is then no refusal any more', () => {
    throughout(never, (life) => {
      expect(life.count('activate')).toBeLessThanOrEqual(1)
      if (life.count('activate') === 0) return
      expect(life.first('acceptUpgrade')).toBeLessThan(life.first('activate'))
      expect(life.count('announceRejection')).toBe(0)
    })
  })

  it('it is deactivated exactly once, before anything of its end is waited for', () => {
    throughout(never, (life) => {
      expect(life.count('deactivate')).toBe(1)
      for (const later of ['finishInbox', 'unwind', 'release', 'finish'] as const) {
        if (life.count(later) > 0) expect(life.first('deactivate')).toBeLessThan(life.first(later))
      }
    })
  })

  it('resources are released at most once, after the middlewares were told to unwind', () => {
    throughout(never, (life) => {
      expect(life.count('release')).toBeLessThanOrEqual(1)
      expect(life.count('unwind')).toBeLessThanOrEqual(1)
      if (life.count('release') === 1) expect(life.first('unwind')).toBeLessThan(life.first('release'))
      // What did not run in order was abandoned, and said so.
      expect(life.count('release') === 1 || life.count('abandon') === 1).toBe(true)
    })
  })

  it('a refusal is announced at most once', () => {
    throughout(never, (life) => {
      expect(life.count('announceRejection')).toBeLessThanOrEqual(1)
      if (life.count('rejectUpgrade') === 1) expect(life.count('announceRejection')).toBe(1)
    })
  })

  it('the same events make the same life', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(event, { maxLength: 40 }), (visibly, events) => {
        const [one, other] = [new Life(visibly), new Life(visibly)]
        for (const life of [one, other]) {
          for (const happened of events) life.happen(happened)
        }
        expect(one.state).toEqual(other.state)
        expect(one.effects).toEqual(other.effects)
      }),
      { numRuns: 500 },
    )
  })
})
