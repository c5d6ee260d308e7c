import { Random } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../src/rate-limit-bucket.js'

describe('a token bucket', () => {
  it('gives what it has, and then says how long to wait', () => {
    const bucket = new TokenBucket({ points: 2, per: 1_000 }, 0)
    expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 0)]).toEqual([0, 0, 500])
    expect(bucket.take(1, 499)).toBe(1)
    expect(bucket.take(1, 500)).toBe(0)
  })

  it('takes nothing where it answers a wait', () => {
    const bucket = new TokenBucket({ points: 4, per: 1_000 }, 0)
    expect(bucket.take(3, 0)).toBe(0)
    expect(bucket.take(2, 0)).toBe(250)
    expect(bucket.take(1, 0)).toBe(0)
  })

  it('lets what costs more than the quota through when it is full', () => {
    const bucket = new TokenBucket({ points: 10, per: 1_000 }, 0)
    expect(bucket.take(500, 0)).toBe(0)
    expect(bucket.take(500, 0)).toBe(1_000)
    expect(bucket.take(500, 1_000)).toBe(0)
  })

  it('lends in order: whoever borrows later waits longer', () => {
    const bucket = new TokenBucket({ points: 1, per: 100 }, 0)
    expect([1, 2, 3].map(() => bucket.borrow(1, 0))).toEqual([0, 100, 200])
    expect(bucket.borrow(1, 150)).toBe(150)
  })

  it('takes back what was borrowed, and is never more than full', () => {
    const bucket = new TokenBucket({ points: 1, per: 100 }, 0)
    bucket.borrow(1, 0)
    bucket.borrow(1, 0)
    bucket.giveBack(1, 0)
    expect(bucket.take(1, 0)).toBe(100)
    bucket.giveBack(1, 100)
    expect([bucket.take(1, 100), bucket.take(1, 100)]).toEqual([0, 100])
  })

  it('is full again after its time', () => {
    const bucket = new TokenBucket({ points: 3, per: 1_000 }, 0)
    expect(bucket.isFull(0)).toBe(true)
    bucket.take(3, 0)
    expect(bucket.isFull(999)).toBe(false)
    expect(bucket.isFull(1_000)).toBe(true)
  })

  it('never gives more than its points, and what came in since', () => {
    const random = new Random(7)
    for (let run = 0; run < 200; run += 1) {
      const points = 5 + random.below(45)
      const per = 1 + random.below(5_000)
      const bucket = new TokenBucket({ points, per }, 0)
      let now = 0
      let given = 0
      for (let step = 0; step < 50; step += 1) {
        now += random.below(500)
        const cost = 1 + random.below(5)
        if (bucket.take(cost, now) === 0) given += cost
        expect(given).toBeLessThanOrEqual(points + (now * points) / per + 1e-3)
      }
    }
  })

  it('keeps its word: after the wait it told, there is enough', () => {
    const random = new Random(11)
    for (let run = 0; run < 1_000; run += 1) {
      const points = 1 + random.below(100_000)
      const bucket = new TokenBucket({ points, per: 1 + random.below(100_000) }, 0)
      const cost = 1 + random.below(100_000)
      bucket.take(points, 0)
      expect(bucket.take(cost, bucket.take(cost, 0))).toBe(0)
    }
  })
})
