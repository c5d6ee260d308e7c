import { VirtualClock } from '@linkspan/testing'
import { expect, it } from 'vitest'
import type { Engine, LineEvents, Place } from '../src/broker-engine.js'
import { RedisLink } from '../src/broker-link.js'

it('tries again once for each attempt that fails, also where the connection tells of its end before', async () => {
  const clock = new VirtualClock()
  const refused = async (events: LineEvents): Promise<void> => {
    await undefined
    events.lost(new Error('refused'))
    throw new Error('refused')
  }
  let dials = 0
  const place: Place = {
    address: 'here',
    dial: (events) => {
      dials += 1
      const never = () => Promise.reject(new Error('not connected'))
      return { ready: refused(events), subscribe: never, unsubscribe: never, ping: never, end() {} }
    },
  }
  const engine: Engine = {
    ready: true,
    watch: () => () => {},
    publish: async () => {},
    ping: async () => {},
    survey: () => ({ places: Promise.resolve({ all: [place], of: () => place }), end() {} }),
    layout: async () => undefined,
  }
  const told: string[] = []
  const link = new RedisLink(
    engine,
    { message() {}, up: () => told.push('up'), down: () => told.push('down'), gap() {} },
    { every: 1_000, timeout: 1_000, clock },
    { maxPayload: 65_536, maxPending: 65_536 },
  )
  await clock.advance(200)
  const before = dials
  await clock.advance(3_000)
  expect(dials).toBeGreaterThan(before)
  // The pause or the deadline of one attempt, and what the publisher waits for: attempts do not multiply.
  expect(clock.pending).toBeLessThanOrEqual(3)
  expect(told).toEqual(['down'])
  await link.close()
  expect(clock.pending).toBe(0)
})
