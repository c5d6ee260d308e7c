import { VirtualClock } from '@linkspan/testing'
import { expect, it } from 'vitest'
import { memoryTickets } from '../src/index.js'
import { describeTicketStore } from './ticket-store.suite.js'

describeTicketStore('memoryTickets', () => {
  const clock = new VirtualClock()
  return { store: memoryTickets({ max: 5, clock }), max: 5, advance: (time) => clock.advance(time) }
})

it('takes 10,000 unless told otherwise, and needs no timer', async () => {
  const clock = new VirtualClock()
  const store = memoryTickets({ clock })
  for (let index = 0; index < 10_000; index += 1) await store.put(`t${index}`, '{}', 30_000)
  await expect(store.put('one more', '{}', 30_000)).rejects.toMatchObject({ status: 503 })
  expect(clock.pending).toBe(0)
})

it.each([0, -1, 1.5, Number.NaN])('does not take a bound of %s', (max) => {
  expect(() => memoryTickets({ max })).toThrow('max takes a whole number')
})
