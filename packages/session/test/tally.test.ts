import { expect, it } from 'vitest'
import { Tally } from '../src/tally.js'

it('has an id until it was removed as often as it was added', () => {
  const tally = new Tally()
  expect(tally.has('a')).toBe(false)
  tally.add('a')
  tally.add('a')
  tally.remove('a')
  expect([tally.has('a'), tally.has('b')]).toEqual([true, false])
  tally.remove('a')
  expect(tally.has('a')).toBe(false)
  tally.remove('a')
  tally.add('a')
  expect(tally.has('a')).toBe(true)
})
