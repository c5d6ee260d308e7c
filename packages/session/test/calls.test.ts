import { memoryStore } from '@linkspan/session'
import { VirtualClock } from '@linkspan/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { StoreCalls } from '../src/calls.js'
import { isStoreError } from '../src/errors.js'
import { FaultyStore } from './faulty-store.js'

describe('StoreCalls', () => {
  let clock: VirtualClock
  let store: FaultyStore
  let calls: StoreCalls
  let ghosts: number
  const ghost = (): void => {
    ghosts += 1
  }
  beforeEach(() => {
    clock = new VirtualClock()
    store = new FaultyStore(memoryStore({ clock }))
    calls = new StoreCalls(store, clock, 1_000)
    ghosts = 0
  })

  it('gives a call up at its deadline, whatever it is', async () => {
    store.hold('load', 'save', 'touch', 'destroy')
    const all = [
      calls.load('a'),
      calls.save('a', 'data', { version: 0, ttl: 1_000 }),
      calls.touch('a', 1_000),
      calls.destroy('a'),
    ].map((call) => call.catch(isStoreError))
    await clock.advance(1_000)
    expect(await Promise.all(all)).toEqual([true, true, true, true])
    expect(clock.pending).toBe(0)
  })

  it('says of a store that fails, or throws, that it was the store', async () => {
    store.fail('load')
    await expect(calls.load('a')).rejects.toSatisfy(isStoreError)
    const throwing = new StoreCalls(
      {
        ...memoryStore(),
        load: () => {
          throw new Error('at once')
        },
      } as never,
      clock,
      1_000,
    )
    await expect(throwing.load('a')).rejects.toMatchObject({ cause: { message: 'at once' } })
    expect(clock.pending).toBe(0)
  })

  it('tells of a new session that nobody has, however late it comes to be', async () => {
    store.hold('save')
    const created = calls.create('a', 'data', 10_000, ghost, 300).catch(isStoreError)
    await clock.advance(300)
    expect(await created).toBe(true)
    expect(ghosts).toBe(1)
    store.answer()
    await clock.advance(0)
    expect(ghosts).toBe(2)
  })

  it('tells of a new session whose answer got lost', async () => {
    store.unanswered = 1
    await expect(calls.create('a', 'data', 10_000, ghost)).rejects.toSatisfy(isStoreError)
    expect(ghosts).toBe(1)
  })

  it('makes no session where there is one', async () => {
    await calls.create('a', 'data', 10_000, ghost)
    await expect(calls.create('a', 'other', 10_000, ghost)).rejects.toThrow('an id that is new')
    expect(ghosts).toBe(0)
  })
})
