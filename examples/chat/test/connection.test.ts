// The page's own rules for coming back, without a page.

import { expect, test } from 'vitest'

interface Rules {
  verdict(code: number): 'stop' | 'later' | 'now'
  backoff(attempt: number, chance: number): number
}

const { verdict, backoff } = (await import(new URL('../public/connection.js', import.meta.url).href)) as Rules

test.each([
  ['stop', [1000, 1008, 4000, 4001, 4003, 4010, 4099]],
  ['later', [1001, 1006, 1009, 1011, 1013, 4100, 4101, 4102, 4199, 3000, 4300]],
  ['now', [1012, 4200, 4201, 4299]],
] as const)('%s: what the bands of close codes ask for', (asked, codes) => {
  expect(codes.map((code) => [code, verdict(code)])).toEqual(codes.map((code) => [code, asked]))
})

test('the wait doubles up to a bound, and half of it is left to chance', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 60]
  expect(waits.map((attempt) => backoff(attempt, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 16000, 20000, 20000,
  ])
  expect(waits.map((attempt) => backoff(attempt, 0))).toEqual([
    250, 500, 1000, 2000, 4000, 8000, 10000, 10000,
  ])
})
