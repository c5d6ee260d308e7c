import { describe, expect, it } from 'vitest'
import { KeyedBuckets } from '../src/rate-limit-buckets.js'

const quota = { points: 2, per: 1_000 }

describe('keyed buckets', () => {
  it('are one a key', () => {
    const buckets = new KeyedBuckets(quota, 10)
    expect(buckets.of('a', 0)).toBe(buckets.of('a', 0))
    expect(buckets.of('a', 0)).not.toBe(buckets.of('b', 0))
  })

  it('are forgotten when they are full again', () => {
    const buckets = new KeyedBuckets(quota, 10)
    for (const key of ['a', 'b', 'c']) buckets.of(key, 0).take(2, 0)
    expect(buckets.size(999)).toBe(3)
    expect(buckets.size(1_000)).toBe(0)
  })

  it('are forgotten when another key comes, without anybody asking for the size', () => {
    const buckets = new KeyedBuckets(quota, 10)
    const first = buckets.of('a', 0)
    first.take(1, 0)
    buckets.of('b', 1_000).take(1, 1_000)
    expect(buckets.of('a', 1_000)).not.toBe(first)
  })

  it('are never more than the most: the one idle for longest goes first', () => {
    const buckets = new KeyedBuckets(quota, 2)
    const a = buckets.of('a', 0)
    a.take(2, 0)
    const b = buckets.of('b', 0)
    b.take(2, 0)
    buckets.of('a', 1).take(1, 1)
    buckets.of('c', 1).take(1, 1)
    expect(buckets.size(1)).toBe(2)
    expect(buckets.of('a', 1)).toBe(a)
    expect(buckets.of('b', 1)).not.toBe(b)
  })

  it('stay bounded under a flood of keys', () => {
    const buckets = new KeyedBuckets(quota, 1_000)
    for (let i = 0; i < 20_000; i += 1) buckets.of(String(i), 0).take(1, 0)
    expect(buckets.size(0)).toBe(1_000)
  })
})
