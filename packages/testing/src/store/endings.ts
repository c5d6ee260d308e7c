import { strict as assert } from 'node:assert'
import type { SessionStore } from '@linkspan/core'
import { expired, LONG, made, SHORT, type StoreBehaviour } from './behaviour.js'

async function assertGone(store: SessionStore, id: string): Promise<void> {
  assert.equal(await store.load(id), undefined)
  assert.equal(await store.touch(id, LONG), false)
  for (const version of [1, 2, 3]) {
    assert.equal(await store.save(id, 'a ghost', { version, ttl: LONG }), 'gone')
  }
  assert.equal(await store.load(id), undefined)
  assert.equal(await store.destroy(id), false)
}

/** What is destroyed, or has expired, is gone. */
export const endings: readonly StoreBehaviour[] = [
  {
    name: 'a session that was never there is gone',
    run: ({ store }) => assertGone(store, 'AAAAAAAAAAAAAAAAAAAAAA'),
  },
  {
    name: 'a session that was destroyed is gone, and no later save brings it back',
    async run({ store, other }) {
      const id = await made(store)
      await store.save(id, 'second', { version: 1, ttl: LONG })
      assert.equal(await other.destroy(id), true)
      await assertGone(store, id)
    },
  },
  {
    name: 'a session that is saved, extended and destroyed at once is gone, whatever came first',
    async run({ store, other }) {
      for (let round = 0; round < 30; round += 1) {
        const id = await made(store)
        await Promise.all([
          store.save(id, 'second', { version: 1, ttl: LONG }),
          other.touch(id, LONG),
          ...(round % 2 === 0 ? [other.destroy(id)] : [store.destroy(id)]),
          other.save(id, 'rival', { version: 1, ttl: LONG }),
          store.save(id, 'third', { version: 2, ttl: LONG }),
        ])
        await assertGone(other, id)
      }
    },
  },
  {
    name: 'of parallel destructions exactly one finds the session',
    async run({ store, other }) {
      const id = await made(store)
      const found = await Promise.all([store, other, store, other].map((one) => one.destroy(id)))
      assert.equal(found.filter(Boolean).length, 1)
    },
  },
  {
    name: 'a session tells how long it lives',
    async run({ store, other }) {
      const id = await made(store, 'first', LONG)
      const { ttl = 0 } = (await other.load(id)) ?? {}
      assert.ok(ttl > LONG - 10_000 && ttl <= LONG, `${ttl} of ${LONG} ms`)
    },
  },
  {
    name: 'a session whose time is over is gone',
    async run(host) {
      const id = await made(host.store, 'first', SHORT)
      await expired(host, id)
      await assertGone(host.other, id)
    },
  },
  {
    name: 'a touch extends a session, and a save does',
    async run(host) {
      const { store, other } = host
      const touched = await made(store, 'touched', SHORT)
      const saved = await made(store, 'saved', SHORT)
      assert.equal(await other.touch(touched, LONG), true)
      assert.equal(await other.save(saved, 'saved again', { version: 1, ttl: LONG }), 'saved')
      // What was not extended goes, later than those would have.
      await expired(host, await made(store, 'neither', SHORT))
      assert.equal((await store.load(touched))?.data, 'touched')
      assert.equal((await store.load(saved))?.data, 'saved again')
    },
  },
  {
    name: 'a touch shortens a session, and a save does',
    async run(host) {
      const { store, other } = host
      const [touched, saved] = [await made(store), await made(store)]
      await other.touch(touched, SHORT)
      await other.save(saved, 'second', { version: 1, ttl: SHORT })
      await expired(host, touched)
      await expired(host, saved)
    },
  },
]
