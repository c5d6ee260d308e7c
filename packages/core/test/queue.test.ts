import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Queue } from '../src/queue.js'

describe('a queue', () => {
  it('answers undefined while nothing waits', () => {
    const queue = new Queue<string>()
    expect(queue.length).toBe(0)
    expect(queue.peek()).toBeUndefined()
    expect(queue.shift()).toBeUndefined()
  })

  it('gives back the oldest first', () => {
    const queue = new Queue<string>()
    for (const item of ['one', 'two', 'three']) queue.push(item)
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([
      'one',
      'two',
      'three',
      undefined,
    ])
  })

  it('shows the oldest without taking it', () => {
    const queue = new Queue<string>()
    queue.push('one')
    queue.push('two')
    expect(queue.peek()).toBe('one')
    expect(queue.length).toBe(2)
    queue.shift()
    expect(queue.peek()).toBe('two')
  })

  it('is the same as an array, whatever is pushed and taken', () => {
    const step = fc.oneof(fc.integer(), fc.constant('take' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new Queue<number>()
        const model: number[] = []
        for (const one of steps) {
          if (one === 'take') expect(queue.shift()).toBe(model.shift())
          else {
            queue.push(one)
            model.push(one)
          }
          expect(queue.length).toBe(model.length)
          expect(queue.peek()).toBe(model[0])
        }
      }),
    )
  })

  it('keeps its order over thousands of items, through every time it makes itself smaller', () => {
    const queue = new Queue<number>()
    let pushed = 0
    let taken = 0
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 3_000; i += 1) {
        queue.push(pushed)
        pushed += 1
      }
      for (let i = 0; i < 2_500; i += 1) {
        expect(queue.shift()).toBe(taken)
        taken += 1
      }
      expect(queue.length).toBe(pushed - taken)
    }
    while (queue.length > 0) {
      expect(queue.shift()).toBe(taken)
      taken += 1
    }
    expect(taken).toBe(pushed)
  })

  it('that is never empty takes no more memory for what has passed through it', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const held = (): number => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const queue = new Queue<number>()
    queue.push(-1)
    const before = held()
    for (let i = 0; i < 2_000_000; i += 1) {
      queue.push(i)
      queue.shift()
    }
    expect(queue.length).toBe(1)
    // Two million places of eight bytes, if they all stayed.
    expect(held() - before).toBeLessThan(4_000_000)
  })
})
