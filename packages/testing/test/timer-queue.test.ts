import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type QueuedTimer, TimerQueue } from '../src/timer-queue.js'

function drain(queue: TimerQueue): QueuedTimer[] {
  const timers: QueuedTimer[] = []
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    timers.push(next)
    queue.shift()
  }
  return timers
}

describe('timers in a queue', () => {
  it('come out by their instants, and in the order of their making where those are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 })), (instants) => {
        const queue = new TimerQueue()
        const timers = instants.map((at, order) => ({ at, order, callback: () => {} }))
        for (const timer of timers) queue.push(timer)
        const sorted = [...timers].sort((one, other) => one.at - other.at || one.order - other.order)
        expect(drain(queue)).toEqual(sorted)
      }),
    )
  })

  it('are none where none were put in', () => {
    const queue = new TimerQueue()
    queue.shift()
    expect(queue.peek()).toBeUndefined()
  })
})
