import type { SessionStore, StoredSession } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { describeStore, VirtualClock } from '../src/index.js'

/** The least that passes: what it forgets to do is what each test below breaks. */
class Shelf implements SessionStore {
  readonly kept = new Map<string, { data: string; version: number; end: number }>()
  readonly clock: VirtualClock = new VirtualClock()

  find(id: string): { data: string; version: number; end: number } | undefined {
    const found = this.kept.get(id)
    return found !== undefined && found.end > this.clock.monotonic() ? found : undefined
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const found = this.find(id)
    return found && { ...found, ttl: found.end - this.clock.monotonic() }
  }

  async save(
    id: string,
    data: string,
    { version, ttl }: { version: number; ttl: number },
  ): Promise<'saved' | 'conflict' | 'gone'> {
    const found = this.find(id)
    if (found === undefined && version > 0) return 'gone'
    if (found !== undefined && found.version !== version) return 'conflict'
    this.kept.set(id, { data, version: version + 1, end: this.clock.monotonic() + ttl })
    return 'saved'
  }

  async touch(id: string, ttl: number): Promise<boolean> {
    const found = this.find(id)
    if (found !== undefined) found.end = this.clock.monotonic() + ttl
    return found !== undefined
  }

  async destroy(id: string): Promise<boolean> {
    const found = this.find(id) !== undefined
    this.kept.delete(id)
    return found
  }
}

/** The names of the behaviours that a store does not pass. */
async function failuresOf(make: () => Shelf): Promise<string[]> {
  const tests: [name: string, body: () => Promise<void>][] = []
  describeStore({
    factory: async () => {
      const store = make()
      return { store, other: store, advance: (time) => store.clock.advance(time), close: async () => {} }
    },
    supports: { prefixes: false, stall: false },
    describe: (_name, body) => body(),
    it: (name, body) => tests.push([name, body]),
  })
  const failures: string[] = []
  for (const [name, body] of tests) await body().catch(() => failures.push(name))
  return failures
}

describe('describeStore', () => {
  it('passes a store that does what it should', async () => {
    expect(await failuresOf(() => new Shelf())).toEqual([])
  })

  it('lists what was not run', () => {
    const { run, skipped } = describeStore({
      factory: async () => Promise.reject(new Error('nothing runs here')),
      supports: { prefixes: false, stall: false },
      describe: (_name, body) => body(),
      it: () => {},
    })
    expect(run.length).toBeGreaterThan(25)
    expect(skipped).toEqual([
      'applications in one backend do not see each other',
      'while the backend hangs every call is given up within a deadline, and afterwards the store works',
    ])
  })

  it('wants a test runner', () => {
    expect(() => describeStore({ factory: () => Promise.reject(new Error('not called')) })).toThrow(
      'give the test runner',
    )
  })

  it('finds a store that overwrites', async () => {
    class Overwrites extends Shelf {
      override async save(...args: Parameters<Shelf['save']>): ReturnType<Shelf['save']> {
        const found = this.find(args[0])
        return super.save(args[0], args[1], { ...args[2], version: found?.version ?? args[2].version })
      }
    }
    expect(await failuresOf(() => new Overwrites())).toEqual(
      expect.arrayContaining([
        'of parallel saves of one version exactly one is saved, version after version',
        'of parallel saves that make one session exactly one is saved',
      ]),
    )
  })

  it('finds a store that looks before it writes, and writes later', async () => {
    class Late extends Shelf {
      override async save(...args: Parameters<Shelf['save']>): ReturnType<Shelf['save']> {
        const before = this.find(args[0])?.version ?? 0
        await Promise.resolve()
        if (before !== args[2].version) return before === 0 ? 'gone' : 'conflict'
        const version = this.find(args[0])?.version ?? args[2].version
        return super.save(args[0], args[1], { ...args[2], version: before === 0 ? 0 : version })
      }
    }
    expect(await failuresOf(() => new Late())).toContain(
      'writers that load again after a conflict lose nothing of each other',
    )
  })

  it('finds a store that brings back what was destroyed', async () => {
    class Ghosts extends Shelf {
      override async save(...args: Parameters<Shelf['save']>): ReturnType<Shelf['save']> {
        const result = await super.save(...args)
        return result === 'gone' ? super.save(args[0], args[1], { ...args[2], version: 0 }) : result
      }
    }
    expect(await failuresOf(() => new Ghosts())).toContain(
      'a session that was destroyed is gone, and no later save brings it back',
    )
  })

  it('finds a store in which nothing expires, and one in which nothing is extended', async () => {
    class Forever extends Shelf {
      override find(id: string): ReturnType<Shelf['find']> {
        return this.kept.get(id)
      }
    }
    class Fixed extends Shelf {
      override async touch(id: string): Promise<boolean> {
        return this.find(id) !== undefined
      }
    }
    expect(await failuresOf(() => new Forever())).toContain('a session whose time is over is gone')
    expect(await failuresOf(() => new Fixed())).toContain('a touch extends a session, and a save does')
  })

  it('finds a store that garbles, and one that confuses ids', async () => {
    class Garbles extends Shelf {
      override async load(id: string): Promise<StoredSession | undefined> {
        const stored = await super.load(id)
        return stored && { ...stored, data: Buffer.from(stored.data, 'latin1').toString('latin1') }
      }
    }
    class Confuses extends Shelf {
      override find(id: string): ReturnType<Shelf['find']> {
        return super.find(id.toLowerCase().trim())
      }
    }
    expect(await failuresOf(() => new Garbles())).toContain('text of many scripts comes back as it was saved')
    expect((await failuresOf(() => new Confuses())).length).toBeGreaterThan(0)
  })
})
