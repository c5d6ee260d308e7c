import { expect, it } from 'vitest'
import { backoff, spread } from '../src/backoff.js'

it('pauses are twice as long each time, up to the longest, and half of each is chance', () => {
  const bounds = { first: 50, longest: 2_000 }
  expect([0, 1, 2, 3, 10, 2_000].map((failures) => backoff(bounds, failures, 1))).toEqual([
    50, 100, 200, 400, 2_000, 2_000,
  ])
  expect([0, 10].map((failures) => backoff(bounds, failures, 0))).toEqual([25, 1_000])
})

it('what is spread is within 0 and 1, no two alike, and leaves no wide gap', () => {
  const all = Array.from({ length: 100 }, (_, index) => spread(index)).sort((one, other) => one - other)
  const gaps = all.map((one, index) => (all[index + 1] ?? 1) - one)
  expect(all[0]).toBe(0)
  expect(Math.min(...gaps)).toBeGreaterThan(0.003)
  expect(Math.max(...gaps)).toBeLessThan(0.02)
  expect(spread(0, 0.25)).toBe(0.25)
})
