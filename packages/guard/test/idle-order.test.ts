import { Random } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { IdleOrder, type Idling } from '../src/idle-order.js'

class Guest implements Idling {
  heardAt = 0
  index = 0
  seen = 0
  asked = 0
  readonly #clock: { now: number }

  constructor(clock: { now: number }) {
    this.#clock = clock
    this.seen = clock.now
  }

  get idle(): number {
    this.asked += 1
    return this.#clock.now - this.seen
  }
}

function stage(count: number) {
  const clock = { now: 0 }
  const order = new IdleOrder<Guest>()
  const guests = Array.from({ length: count }, () => {
    clock.now += 1
    const guest = new Guest(clock)
    order.add(guest, clock.now)
    return guest
  })
  const longest = (least: number) => guests.indexOf(order.longest(clock.now, least) as Guest)
  return { clock, order, guests: guests as [Guest, Guest, Guest, ...Guest[]], longest }
}

describe('IdleOrder', () => {
  it('finds the one that has been silent for longest', () => {
    const { clock, guests, longest } = stage(4)
    clock.now = 100
    expect(longest(10)).toBe(0)
    guests[0].seen = 90
    guests[1].seen = 95
    expect(longest(10)).toBe(2)
  })

  it('finds nobody who was heard of too lately', () => {
    const { clock, guests, longest } = stage(3)
    clock.now = 12
    expect(longest(12)).toBe(-1)
    expect(longest(11)).toBe(0)
    for (const guest of guests) guest.seen = 10
    clock.now = 19
    expect(longest(10)).toBe(-1)
    clock.now = 20
    expect(longest(10)).not.toBe(-1)
  })

  it('forgets whom it is told to forget, wherever that one stands', () => {
    const { clock, order, guests, longest } = stage(5)
    clock.now = 100
    order.delete(guests[0])
    order.delete(guests[2])
    expect(longest(1)).toBe(1)
    order.delete(guests[1])
    expect(longest(1)).toBe(3)
    order.delete(guests[3] as Guest)
    order.delete(guests[4] as Guest)
    expect(longest(1)).toBe(-1)
    expect(order.size).toBe(0)
  })

  it('keeps its order where the gap that one leaves is filled from another branch', () => {
    const { clock, order, guests, longest } = stage(7)
    clock.now = 20
    for (const [index, seen] of [10, 11, 12, 13].entries()) (guests[index] as Guest).seen = seen
    expect(longest(1)).toBe(4)
    for (const index of [3, 4, 5]) order.delete(guests[index] as Guest)
    expect(longest(1)).toBe(6)
  })

  it('looks at nobody twice within the least silence, however often it is asked', () => {
    const { clock, guests, longest } = stage(1_000)
    clock.now = 5_000
    for (const guest of guests) guest.seen = clock.now
    for (let i = 0; i < 100; i += 1) expect(longest(1_000)).toBe(-1)
    expect(Math.max(...guests.map(({ asked }) => asked))).toBe(1)
  })

  it.each([1, 2, 3, 4, 5])('answers what looking at everybody answers, whatever happens: %i', (seed) => {
    const random = new Random(seed)
    const clock = { now: 0 }
    const order = new IdleOrder<Guest>()
    const guests: Guest[] = []
    for (let step = 0; step < 2_000; step += 1) {
      clock.now += random.below(5)
      const guest = random.pick(guests)
      const what = random.pick(
        guests.length < 60 ? ['add', 'add', 'delete', 'hear', 'ask'] : ['delete', 'hear', 'ask'],
      )
      if (what === 'add') {
        const added = new Guest(clock)
        guests.push(added)
        order.add(added, clock.now)
      } else if (what === 'ask') {
        const silences = guests.map(({ seen }) => clock.now - seen).filter((idle) => idle >= 10)
        const found = order.longest(clock.now, 10)
        const longest = silences.length === 0 ? undefined : Math.max(...silences)
        expect(found === undefined ? undefined : clock.now - found.seen).toBe(longest)
      } else if (guest !== undefined && what === 'hear') {
        guest.seen = clock.now
      } else if (guest !== undefined) {
        guests.splice(guests.indexOf(guest), 1)
        order.delete(guest)
      }
      expect(order.size).toBe(guests.length)
    }
  })
})
