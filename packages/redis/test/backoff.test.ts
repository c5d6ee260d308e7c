import { expect, it } from 'vitest'
import { backoff } from '../src/backoff.js'

it('waits twice as long each time, up to two seconds, and half of it is chance', () => {
  expect([0, 1, 2, 3, 10, 1_000].map((attempt) => backoff(attempt, 1))).toEqual([
    50, 100, 200, 400, 2_000, 2_000,
  ])
  expect([0, 10].map((attempt) => backoff(attempt, 0))).toEqual([25, 1_000])
})

it('does not wait equally long each time', () => {
  const delays = new Set(Array.from({ length: 20 }, () => backoff(10)))
  expect(delays.size).toBeGreaterThan(1)
})
