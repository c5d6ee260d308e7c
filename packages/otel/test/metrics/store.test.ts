import type { SessionStore } from '@linkspan/core'
import { measuredStore } from '@linkspan/otel'
import { memoryStore } from '@linkspan/session'
import { describeStore, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { Meters } from './meters.js'

const { run } = describeStore({
  name: 'a measured store',
  factory: async () => {
    const clock = new VirtualClock()
    const { provider: meterProvider } = new Meters()
    const store = measuredStore(memoryStore({ clock }), { meterProvider, clock })
    return { store, other: store, advance: (time) => clock.advance(time), close: async () => {} }
  },
  supports: { prefixes: false, stall: false },
  describe,
  it,
})

describe('a measured store', () => {
  it('is certified as the one that it measures', () => {
    expect(run.length).toBeGreaterThan(25)
  })

  it('tells how long each call took, and whether it failed', async () => {
    const clock = new VirtualClock()
    const meters = new Meters()
    const slow = <Answer>(answer: Answer, time: number) =>
      new Promise<Answer>((resolve) => clock.setTimeout(() => resolve(answer), time))
    const failing: SessionStore = {
      load: () => slow(undefined, 20),
      save: () => Promise.reject(new Error('away')),
      touch: () => slow(false, 300),
      destroy: () => {
        throw new Error('at once')
      },
    }
    const store = measuredStore(failing, { app: 'chat', meterProvider: meters.provider, clock })
    const calls = [
      store.load('secret'),
      store.save('secret', 'words', { version: 0, ttl: 1 }),
      store.touch('secret', 1),
      store.destroy('secret'),
    ]
    const settled = Promise.allSettled(calls)
    await clock.advance(300)
    const answers = await settled
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    await expect(calls[1]).rejects.toThrow('away')
    const reading = await meters.read()
    expect(reading.table('store.duration')).toEqual({
      'chat load ok': 1,
      'chat save failed': 1,
      'chat touch ok': 1,
      'chat destroy failed': 1,
    })
    expect(reading.sum('store.duration')).toBeCloseTo(0.32)
    expect(JSON.stringify(reading.metrics)).not.toMatch(/secret|words/)
  })

  it('measures by the platform’s clock where it is given none', async () => {
    const meters = new Meters()
    const store = measuredStore(memoryStore(), { meterProvider: meters.provider })
    expect(await store.load('nobody')).toBeUndefined()
    const reading = await meters.read()
    expect(reading.table('store.duration')).toEqual({ 'load ok': 1 })
    expect(reading.sum('store.duration')).toBeGreaterThan(0)
  })
})
