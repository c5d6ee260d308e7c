import { Random } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { FairQueue } from '../src/fair-queue.js'

function filled(bound: number, ...entries: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>(bound)
  for (const entry of entries) queue.add(entry.slice(0, 1), entry)
  return queue
}

/** The order in which everybody who waits is served, `places` at most. */
function served(queue: FairQueue<string>, places = Number.POSITIVE_INFINITY): readonly string[] {
  const order: string[] = []
  queue.serve((item) => order.length < places && order.push(item) > 0)
  return order
}

describe('FairQueue', () => {
  it('serves one lane after another, and the oldest in a lane first', () => {
    expect(served(filled(10, 'a1', 'a2', 'a3', 'b1', 'c1', 'c2'))).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'c2',
      'a3',
    ])
  })

  it('remembers whose turn it is', () => {
    const queue = filled(10, 'a1', 'a2', 'a3', 'b1', 'b2')
    expect(served(queue, 1)).toEqual(['a1'])
    expect(served(queue, 1)).toEqual(['b1'])
    queue.add('c', 'c1')
    expect(served(queue)).toEqual(['a2', 'b2', 'c1', 'a3'])
    expect(queue.size).toBe(0)
  })

  it('goes past whoever cannot use what there is', () => {
    const queue = filled(10, 'a1', 'a2', 'b1')
    const order: string[] = []
    queue.serve((item) => item !== 'a1' && order.push(item) > 0)
    expect(order).toEqual(['a2', 'b1'])
    expect(served(queue)).toEqual(['a1'])
  })

  it('forgets whoever leaves', () => {
    const queue = filled(10, 'a1', 'a2', 'b1')
    expect(queue.delete('a', 'a1')).toBe(true)
    expect(queue.delete('a', 'a1')).toBe(false)
    expect(queue.delete('b', 'b1')).toBe(true)
    expect(queue.delete('c', 'c1')).toBe(false)
    expect(queue.size).toBe(1)
    expect(served(queue)).toEqual(['a2'])
  })

  it('sends away who comes when it is full', () => {
    const queue = filled(2, 'a1', 'b1')
    expect(queue.add('c', 'c1')).toBe('c1')
    expect(queue.add('a', 'a2')).toBe('a2')
    expect(served(queue)).toEqual(['a1', 'b1'])
    expect(new FairQueue<string>(0).add('a', 'a1')).toBe('a1')
  })

  it('sends the newest of the longest lane away when it is full and a shorter one grows', () => {
    const queue = filled(4, 'a1', 'a2', 'a3', 'b1')
    expect(queue.add('c', 'c1')).toBe('a3')
    expect(queue.add('b', 'b2')).toBe('b2')
    expect(queue.size).toBe(4)
    expect(queue.add('d', 'd1')).toBe('a2')
    expect(queue.add('e', 'e1')).toBe('e1')
    expect(served(queue)).toEqual(['a1', 'b1', 'c1', 'd1'])
  })

  it.each([1, 2, 3, 4, 5])(
    'never exceeds its bound, loses nobody, and gives every lane its turn: %i',
    (seed) => {
      const random = new Random(seed)
      const queue = new FairQueue<string>(8)
      const waiting = new Set<string>()
      for (let step = 0; step < 500; step += 1) {
        if (random.chance(0.3)) {
          for (const item of served(queue, 1)) expect(waiting.delete(item)).toBe(true)
        } else {
          const lane = random.pick(['a', 'a', 'a', 'b', 'c'])
          const item = `${lane}${step}`
          waiting.add(item)
          const gone = queue.add(lane, item)
          if (gone !== undefined) expect(waiting.delete(gone)).toBe(true)
        }
        expect(queue.size).toBe(waiting.size)
        expect(queue.size).toBeLessThanOrEqual(8)
      }
      const lanes = new Set([...waiting].map((item) => item.slice(0, 1)))
      const first = served(queue).slice(0, lanes.size)
      expect(new Set(first.map((item) => item.slice(0, 1)))).toEqual(lanes)
    },
  )
})
