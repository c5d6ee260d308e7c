import { VirtualClock } from '@linkspan/testing'
import { expect, it } from 'vitest'
import { ClaimClock, isClaim, isLater } from '../src/single-claim.js'

it('one of two claims is later, whoever compares them', () => {
  const claims = [
    { key: 'k', id: 'a', at: 1 },
    { key: 'k', id: 'b', at: 1 },
    { key: 'k', id: 'a0', at: 2 },
  ] as const
  for (const one of claims) {
    for (const other of claims) {
      if (one !== other) expect(isLater(one, other)).toBe(!isLater(other, one))
    }
  }
  expect(isLater(claims[2], claims[1])).toBe(true)
})

it('what is claimed after a claim was seen is later, also where the clock is behind', () => {
  const clock = new VirtualClock()
  const times = new ClaimClock(clock)
  expect([times.next(), times.next()]).toEqual([clock.now(), clock.now() + 1])
  times.saw(clock.now() + 5_000)
  expect(times.next()).toBe(clock.now() + 5_001)
})

it('what comes from a bus may be no claim', () => {
  expect(isClaim({ key: 'k', id: 'a', at: 1 })).toBe(true)
  for (const other of [
    null,
    'k',
    { key: 'k', id: 'a' },
    { key: 1, id: 'a', at: 1 },
    { key: 'k', id: 'a', at: Number.NaN },
  ]) {
    expect(isClaim(other)).toBe(false)
  }
})
