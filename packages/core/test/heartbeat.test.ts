import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Beating, HeartbeatWheel } from '../src/heartbeat.js'
import type { HeartbeatOptions } from '../src/pace.js'
import { FakeClock } from './fake-clock.js'

/** A member that writes down what the wheel does to it, and counts how often it is looked at. */
class Member implements Beating {
  pace: HeartbeatOptions
  missed = 0
  index = -1
  paused = false
  readonly beats: number[] = []
  readonly losses: number[] = []
  #seen = 0
  #slot = -1
  onBeat: () => void = () => {}
  onLoss: () => void = () => {}
  onLook: () => void = () => {}
  onMove: () => void = () => {}
  readonly #clock: FakeClock

  constructor(clock: FakeClock, pace: HeartbeatOptions) {
    this.#clock = clock
    this.pace = pace
  }

  get seen(): number {
    this.onLook()
    return this.#seen
  }

  set seen(tick: number) {
    this.#seen = tick
  }

  get slot(): number {
    return this.#slot
  }

  set slot(slot: number) {
    this.onMove()
    this.#slot = slot
  }

  beat(): void {
    this.beats.push(this.#clock.monotonic())
    this.onBeat()
  }

  lose(): void {
    this.losses.push(this.#clock.monotonic())
    this.onLoss()
  }
}

/** A wheel on a clock, whose members are removed when they are lost, as connections are. */
function wheel(interval = 1_000, misses = 3): { clock: FakeClock; wheel: HeartbeatWheel; join(): Member } {
  const clock = new FakeClock()
  const pace = { interval, misses }
  const made = new HeartbeatWheel([pace], clock)
  return {
    clock,
    wheel: made,
    join: () => {
      const member = new Member(clock, pace)
      member.onLoss = () => made.remove(member)
      made.add(member)
      return member
    },
  }
}

/** The member was heard from. */
function hear(one: HeartbeatWheel, member: Member): void {
  member.seen = one.now
  member.missed = 0
}

/** A few ticks: as much as a wheel may be late. */
const LATE = 50

describe('a member that is silent', () => {
  it('is pinged after each interval, and lost an interval after the last ping it may miss', () => {
    const { clock, join } = wheel(1_000, 3)
    const member = join()
    clock.skip(999)
    expect(member.beats).toEqual([])
    clock.skip(3_001 + LATE)
    expect(member.beats).toHaveLength(3)
    for (const [index, at] of member.beats.entries()) {
      expect(at).toBeGreaterThanOrEqual((index + 1) * 1_000)
      expect(at).toBeLessThan((index + 1) * 1_000 + LATE)
    }
    expect(member.losses).toHaveLength(1)
    expect(member.losses[0]).toBeGreaterThanOrEqual(4_000)
    expect(member.losses[0]).toBeLessThan(4_000 + LATE)
  })

  it('is left alone once it is lost', () => {
    const { clock, join } = wheel(1_000, 1)
    const member = join()
    clock.skip(60_000)
    expect(member.beats).toHaveLength(1)
    expect(member.losses).toHaveLength(1)
  })

  it.each([
    [10, 1],
    [10, 5],
    [59, 2],
    [511, 1],
    [512, 1],
    [513, 1],
    [30_000, 3],
    [2 ** 31 - 1, 1],
  ])('every %d ms may miss %d pings', (interval, misses) => {
    const { clock, join } = wheel(interval, misses)
    const member = join()
    clock.skip(interval * (misses + 1) * 1.05 + LATE)
    expect(member.beats).toHaveLength(misses)
    expect(member.losses).toHaveLength(1)
    expect(member.losses[0]).toBeGreaterThanOrEqual(interval * (misses + 1))
  })
})

describe('a member that is heard from', () => {
  it('is never pinged while it is busy', () => {
    const { clock, wheel: one, join } = wheel(1_000)
    const member = join()
    for (let i = 0; i < 100; i += 1) {
      clock.skip(900)
      hear(one, member)
    }
    expect(member.beats).toEqual([])
    expect(member.losses).toEqual([])
  })

  it('is pinged an interval after it fell silent, and not lost while it answers', () => {
    const { clock, wheel: one, join } = wheel(1_000, 1)
    const member = join()
    member.onBeat = () => hear(one, member)
    clock.skip(500)
    hear(one, member)
    clock.skip(999)
    expect(member.beats).toEqual([])
    clock.skip(1 + LATE)
    expect(member.beats).toHaveLength(1)
    clock.skip(100_000)
    expect(member.losses).toEqual([])
    expect(member.beats.length).toBeGreaterThan(90)
    expect(member.beats.length).toBeLessThanOrEqual(101)
  })

  it('has all its pings again', () => {
    const { clock, wheel: one, join } = wheel(1_000, 3)
    const member = join()
    clock.skip(3_500)
    expect(member.beats).toHaveLength(3)
    hear(one, member)
    clock.skip(3_400)
    expect(member.losses).toEqual([])
    clock.skip(600 + LATE)
    expect(member.losses).toHaveLength(1)
    expect(member.beats).toHaveLength(6)
  })
})

describe('a member that we do not read from', () => {
  it('is not lost for its silence, until we read again', () => {
    const { clock, join } = wheel(1_000, 2)
    const member = join()
    member.paused = true
    clock.skip(60_000)
    expect(member.losses).toEqual([])
    member.paused = false
    clock.skip(1_000 + LATE)
    expect(member.losses).toHaveLength(1)
  })
})

describe('the one timer', () => {
  it('runs while there is a member, and only then', () => {
    const { clock, wheel: one, join } = wheel()
    expect(one.running).toBe(false)
    expect(clock.pending).toBe(0)
    const [first, second] = [join(), join()]
    expect(one.running).toBe(true)
    expect(clock.pending).toBe(1)
    one.remove(first)
    expect(one.running).toBe(true)
    one.remove(second)
    expect(one.running).toBe(false)
    expect(clock.pending).toBe(0)
    join()
    expect(clock.pending).toBe(1)
  })

  it('is one, however many members there are', () => {
    const { clock, join } = wheel()
    for (let i = 0; i < 1_000; i += 1) join()
    expect(clock.pending).toBe(1)
    clock.skip(2_000)
    expect(clock.pending).toBe(1)
  })

  it('that was late does not lose anybody for it', () => {
    const { clock, join } = wheel(1_000, 3)
    const members = Array.from({ length: 100 }, join)
    clock.skip(500)
    clock.stall(600_000)
    clock.skip(400)
    expect(members.flatMap(({ losses }) => losses)).toEqual([])
    expect(members.flatMap(({ beats }) => beats)).toEqual([])
    clock.skip(100 + LATE)
    expect(members.every(({ beats }) => beats.length === 1)).toBe(true)
  })
})

describe('a removal', () => {
  it('of a member that is not there changes nothing', () => {
    const { wheel: one, join } = wheel()
    const member = join()
    one.remove(member)
    one.remove(member)
    one.remove(new Member(new FakeClock(), { interval: 1_000, misses: 1 }))
    expect(one.running).toBe(false)
    join()
    expect(one.running).toBe(true)
  })

  it('stops everything for that member, and nothing for the others', () => {
    const { clock, wheel: one, join } = wheel(1_000, 1)
    const members = Array.from({ length: 50 }, join)
    const gone = members.filter((_, index) => index % 3 === 0)
    for (const member of gone) one.remove(member)
    clock.skip(5_000)
    for (const member of members) {
      expect(member.beats).toHaveLength(gone.includes(member) ? 0 : 1)
      expect(member.losses).toHaveLength(gone.includes(member) ? 0 : 1)
    }
  })

  it('may come from within a ping, of the member itself, of its neighbours, or of all', () => {
    for (const victims of ['itself', 'neighbours', 'all'] as const) {
      const { clock, wheel: one, join } = wheel(1_000, 1)
      const members = Array.from({ length: 10 }, join)
      for (const [index, member] of members.entries()) {
        member.onBeat = () => {
          if (victims === 'itself') one.remove(member)
          if (victims === 'neighbours')
            for (const next of members.slice(index - 1, index + 2)) one.remove(next)
          if (victims === 'all') for (const each of members) one.remove(each)
        }
      }
      clock.skip(60_000)
      const beats = members.flatMap((member) => member.beats).length
      expect(members.flatMap(({ losses }) => losses)).toEqual([])
      expect(one.running).toBe(false)
      if (victims === 'itself') expect(beats).toBe(10)
      if (victims === 'neighbours') expect(beats).toBeGreaterThanOrEqual(4)
      if (victims === 'all') expect(beats).toBe(1)
    }
  })

  it('may come from within a loss, also of others', () => {
    const { clock, wheel: one, join } = wheel(1_000, 1)
    const members = Array.from({ length: 10 }, join)
    for (const member of members) {
      member.onLoss = () => {
        for (const each of members) one.remove(each)
      }
    }
    clock.skip(60_000)
    expect(members.flatMap(({ losses }) => losses)).toHaveLength(1)
    expect(one.running).toBe(false)
  })

  it('may come together with an addition, from within a ping', () => {
    const { clock, wheel: one, join } = wheel(1_000, 1)
    const first = join()
    let second: Member | undefined
    first.onBeat = () => {
      one.remove(first)
      second = join()
    }
    clock.skip(1_000 + LATE)
    expect(second?.beats).toEqual([])
    clock.skip(1_000 + LATE)
    expect(second?.beats).toHaveLength(1)
    expect(first.beats).toHaveLength(1)
  })

  it('at any time, among additions and signs of life at any time, leaves the rest right', () => {
    const step = fc.oneof(
      fc.constant('add' as const),
      fc.record({ remove: fc.nat() }),
      fc.record({ hear: fc.nat() }),
      fc.record({ pass: fc.integer({ min: 1, max: 400 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { clock, wheel: one, join } = wheel(100, 2)
        const members: Member[] = []
        const last = new Map<Member, number>()
        const gone = new Map<Member, number>()
        const pick = (at: number): Member | undefined => members[at % Math.max(1, members.length)]
        for (const doing of steps) {
          if (doing === 'add') {
            const member = join()
            members.push(member)
            last.set(member, clock.monotonic())
          } else if ('pass' in doing) clock.skip(doing.pass)
          else if ('remove' in doing) {
            const member = pick(doing.remove)
            if (member === undefined || gone.has(member)) continue
            one.remove(member)
            gone.set(member, clock.monotonic())
          } else {
            const member = pick(doing.hear)
            if (member === undefined || gone.has(member) || member.losses.length > 0) continue
            hear(one, member)
            last.set(member, clock.monotonic())
          }
        }
        clock.skip(10_000)
        for (const member of members) {
          const { beats, losses } = member
          const end = gone.get(member)
          if (end === undefined) {
            expect(losses).toHaveLength(1)
            // Never before the interval after its last sign of life has passed three times, and not long after.
            const silence = (losses[0] as number) - (last.get(member) as number)
            expect(silence).toBeGreaterThanOrEqual(295)
            expect(silence).toBeLessThan(300 + LATE)
          } else {
            for (const at of [...beats, ...losses]) expect(at).toBeLessThanOrEqual(end)
          }
        }
        expect(one.running).toBe(false)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

describe('ten thousand members that come in one burst', () => {
  const MEMBERS = 10_000
  const INTERVAL = 30_000
  interface Work {
    looks: number
    moves: number
  }

  /** The wheel promises to look at this many a tick, or at its share twice over. */
  const BOUND = 200

  /** Runs until a time has passed, tick by tick, and answers what each tick did and how long it took. */
  function run(clock: FakeClock, time: number, work: Work): Work & { slowest: number } {
    const most = { looks: 0, moves: 0, slowest: 0 }
    const end = clock.monotonic() + time
    while (clock.monotonic() < end) {
      work.looks = 0
      work.moves = 0
      const start = performance.now()
      clock.skip(59)
      most.slowest = Math.max(most.slowest, performance.now() - start)
      most.looks = Math.max(most.looks, work.looks)
      most.moves = Math.max(most.moves, work.moves)
    }
    return most
  }

  function burst(misses: number): ReturnType<typeof wheel> & { members: Member[]; work: Work } {
    const made = wheel(INTERVAL, misses)
    const work = { looks: 0, moves: 0 }
    const members = Array.from({ length: MEMBERS }, () => {
      const member = made.join()
      member.onLook = () => {
        work.looks += 1
      }
      member.onMove = () => {
        work.moves += 1
      }
      return member
    })
    return { ...made, members, work }
  }

  /** The least and the most. */
  function extremes(values: readonly number[]): readonly [number, number] {
    return [
      values.reduce((one, other) => Math.min(one, other)),
      values.reduce((one, other) => Math.max(one, other)),
    ]
  }

  /** Each look takes a member out of its slot and puts it into another. */
  function expectBounded({ looks, moves }: Work): void {
    expect(looks).toBeLessThanOrEqual(BOUND)
    expect(moves).toBeLessThanOrEqual(3 * BOUND)
  }

  it('are looked at in slices, pinged once an interval each, and lost after their misses', () => {
    const { clock, wheel: one, members, work } = burst(3)
    const { slowest, ...most } = run(clock, INTERVAL * 4.5, work)
    expectBounded(most)
    const waits = members.flatMap(({ beats }) => beats.map((at, index) => at - (beats[index - 1] ?? 0)))
    const [shortest, longest] = extremes(waits)
    expect(shortest).toBeGreaterThanOrEqual(INTERVAL)
    expect(longest).toBeLessThan(INTERVAL * 1.1)
    expect(extremes(members.map(({ beats }) => beats.length))).toEqual([3, 3])
    expect(extremes(members.map(({ losses }) => losses.length))).toEqual([1, 1])
    expect(one.running).toBe(false)
    console.warn(`heartbeat: the longest tick of ${MEMBERS} silent members took ${slowest.toFixed(2)} ms`)
  })

  it('that answer are pinged once an interval, for as long as they do', () => {
    const { clock, wheel: one, members, work } = burst(1)
    for (const member of members) member.onBeat = () => hear(one, member)
    const { slowest, ...most } = run(clock, INTERVAL * 5.5, work)
    expectBounded(most)
    expect(extremes(members.map(({ beats }) => beats.length))).toEqual([5, 5])
    expect(extremes(members.map(({ losses }) => losses.length))).toEqual([0, 0])
    console.warn(`heartbeat: the longest tick of ${MEMBERS} answering members took ${slowest.toFixed(2)} ms`)
  })

  it('that all leave at once leave nothing behind', () => {
    const { clock, wheel: one, members } = burst(3)
    clock.skip(INTERVAL * 1.01)
    for (const member of members) one.remove(member)
    expect(one.running).toBe(false)
    expect(clock.pending).toBe(0)
  })
})
