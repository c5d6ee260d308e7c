import { memoryStore, type StoredSession } from '@linkspan/session'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { StoreCalls } from '../src/calls.js'
import { Loads } from '../src/loads.js'

describe('Loads', () => {
  it('asks once for all who want the same session, and again for whoever comes later', async () => {
    const asked: string[] = []
    const found: StoredSession = { data: '{}', version: 1, ttl: 1_000 }
    const { loads, answer } = loadsOf(async (id) => {
      asked.push(id)
      return found
    })
    const both = [loads.load('a'), loads.load('a'), loads.load('b')]
    answer()
    expect(await Promise.all(both)).toEqual([found, found, found])
    expect(asked).toEqual(['a', 'b'])
    await loads.load('a')
    expect(asked).toEqual(['a', 'b', 'a'])
  })

  it('finds nothing where the session was destroyed after the store had read it', async () => {
    const { loads, answer } = loadsOf(async () => ({ data: '{}', version: 1, ttl: 1_000 }))
    const loaded = [loads.load('a'), loads.load('b')]
    loads.forget('a')
    answer()
    expect((await Promise.all(loaded)).map((found) => found !== undefined)).toEqual([false, true])
  })

  it('asks again after a failure', async () => {
    let down = true
    const { loads, answer } = loadsOf(() => {
      if (down) return Promise.reject(new Error('down'))
      return Promise.resolve(undefined)
    })
    answer()
    await expect(loads.load('a')).rejects.toThrow('the session store failed')
    down = false
    expect(await loads.load('a')).toBeUndefined()
  })
})

/** Loads from a store that answers when it is told to, with what it has read before. */
function loadsOf(load: (id: string) => Promise<StoredSession | undefined>): {
  loads: Loads
  answer: () => void
} {
  let answer = (): void => {}
  const told = new Promise<void>((resolve) => {
    answer = resolve
  })
  const clock = new VirtualClock()
  const { save, touch, destroy } = memoryStore({ clock })
  const store = {
    async load(id: string): Promise<StoredSession | undefined> {
      const found = await load(id)
      await told
      return found
    },
    save,
    touch,
    destroy,
  }
  return { loads: new Loads(new StoreCalls(store, clock, 1_000)), answer }
}
