import { memoryStore } from '@linkspan/session'
import { describeStore, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'

const { run, skipped } = describeStore({
  name: 'memory',
  factory: async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    return { store, other: store, advance: (time) => clock.advance(time), close: async () => {} }
  },
  supports: { prefixes: false, stall: false },
  describe,
  it,
})

describe('memoryStore', () => {
  it('is certified for everything but what needs a backend', () => {
    expect(run.length).toBeGreaterThan(25)
    expect(skipped).toHaveLength(2)
  })

  it('refuses new sessions when it is full, and keeps the ones it has', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ max: 2, clock })
    await store.save('a', 'first', { version: 0, ttl: 1_000 })
    await store.save('b', 'first', { version: 0, ttl: 2_000 })
    await expect(store.save('c', 'first', { version: 0, ttl: 1_000 })).rejects.toThrow('it takes 2 sessions')
    expect(await store.save('a', 'second', { version: 1, ttl: 1_000 })).toBe('saved')
    await clock.advance(1_000)
    expect(await store.save('c', 'first', { version: 0, ttl: 1_000 })).toBe('saved')
    expect(await store.load('b')).toMatchObject({ data: 'first' })
  })

  it('drops the one that was used longest ago, where it is told to', async () => {
    const store = memoryStore({ max: 2, full: 'evict', clock: new VirtualClock() })
    await store.save('a', 'first', { version: 0, ttl: 1_000 })
    await store.save('b', 'first', { version: 0, ttl: 1_000 })
    await store.load('a')
    await store.save('c', 'first', { version: 0, ttl: 1_000 })
    expect(await store.load('a')).toBeDefined()
    expect(await store.load('b')).toBeUndefined()
    expect(await store.load('c')).toBeDefined()
  })

  it('runs no timer', async () => {
    const clock = new VirtualClock()
    await memoryStore({ clock }).save('a', 'first', { version: 0, ttl: 1_000 })
    expect(clock.pending).toBe(0)
  })

  it.each([{ max: 0 }, { max: 1.5 }, { full: 'panic' as 'evict' }])('does not take %j', (options) => {
    expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
