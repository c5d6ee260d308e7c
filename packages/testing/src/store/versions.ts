import { strict as assert } from 'node:assert'
import type { SessionStore } from '@linkspan/core'
import { freshId, LONG, made, type StoreBehaviour } from './behaviour.js'

/** Two writers of one session do not overwrite each other. */
export const versions: readonly StoreBehaviour[] = [
  {
    name: 'each save raises the version by one',
    async run({ store, other }) {
      const id = await made(store)
      for (let version = 1; version <= 12; version += 1) {
        assert.equal((await other.load(id))?.version, version)
        assert.equal(await store.save(id, 'next', { version, ttl: LONG }), 'saved')
      }
    },
  },
  {
    name: 'a save of another version than the one there is a conflict, and writes nothing',
    async run({ store, other }) {
      const id = await made(store)
      await store.save(id, 'second', { version: 1, ttl: LONG })
      for (const version of [0, 1, 3, 20, 22]) {
        assert.equal(await other.save(id, 'other', { version, ttl: LONG }), 'conflict', `version ${version}`)
      }
      const stored = await store.load(id)
      assert.equal(stored?.data, 'second')
      assert.equal(stored.version, 2)
    },
  },
  {
    name: 'a conflict leaves the time as it is',
    async run({ store }) {
      const id = await made(store)
      await store.save(id, 'other', { version: 7, ttl: LONG * 100 })
      assert.ok(((await store.load(id))?.ttl ?? 0) <= LONG)
    },
  },
  {
    name: 'of parallel saves that make one session exactly one is saved',
    async run({ store, other }) {
      const id = freshId()
      const winner = await raced(store, other, id, 0)
      const stored = await store.load(id)
      assert.equal(stored?.data, winner)
      assert.equal(stored.version, 1)
    },
  },
  {
    name: 'of parallel saves of one version exactly one is saved, version after version',
    async run({ store, other }) {
      const id = await made(store)
      for (let version = 1; version <= 10; version += 1) {
        const winner = await raced(store, other, id, version)
        assert.equal((await other.load(id))?.data, winner)
      }
    },
  },
  {
    name: 'writers that load again after a conflict lose nothing of each other',
    async run({ store, other }) {
      const id = await made(store, '0')
      const writers = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? store : other))
      await Promise.all(writers.map((writer) => counted(writer, id, 5)))
      assert.equal((await store.load(id))?.data, '50')
    },
  },
  {
    name: 'a touch is no new version',
    async run({ store, other }) {
      const id = await made(store)
      await other.touch(id, LONG)
      assert.equal((await store.load(id))?.version, 1)
      assert.equal(await store.save(id, 'second', { version: 1, ttl: LONG }), 'saved')
    },
  },
]

/** Twenty saves of one version at once, through two clients; what the one that was saved has written. */
async function raced(store: SessionStore, other: SessionStore, id: string, version: number): Promise<string> {
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? store : other).save(id, `writer ${index}`, { version, ttl: LONG }),
    ),
  )
  assert.deepEqual(
    results.filter((result) => result !== 'conflict'),
    ['saved'],
  )
  return `writer ${results.indexOf('saved')}`
}

async function counted(store: SessionStore, id: string, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const stored = await store.load(id)
    assert.ok(stored)
    const result = await store.save(id, String(Number(stored.data) + 1), {
      version: stored.version,
      ttl: LONG,
    })
    if (result === 'saved') done += 1
  }
}
