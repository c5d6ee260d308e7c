import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import type { SessionStore } from '@linkspan/core'
import { within } from '../until.js'
import { LONG, made, type StoreBehaviour } from './behaviour.js'

/** A backend that takes requests and answers none. */
export const hanging: readonly StoreBehaviour[] = [
  {
    name: 'while the backend hangs every call is given up within a deadline, and afterwards the store works',
    needs: 'stall',
    async run({ store, stall }) {
      assert.ok(stall)
      const id = await made(store, 'a secret')
      const go = await stall()
      const calls = [
        store.load(id),
        store.save(id, 'another secret', { version: 1, ttl: LONG }),
        store.touch(id, LONG),
        store.destroy('AAAAAAAAAAAAAAAAAAAAAA'),
      ]
      const outcomes = await within(Promise.allSettled(calls), 'every call was given up')
      for (const outcome of outcomes) {
        assert.equal(outcome.status, 'rejected')
        const told = inspect(outcome.reason, { depth: 10, showHidden: true })
        assert.ok(outcome.reason instanceof Error)
        assert.ok(!told.includes(id) && !told.includes('secret'), 'an error tells neither id nor data')
      }
      await go()
      await worksAgain(store, id)
    },
  },
]

/** Asks until the store answers: connections may have to be made anew. */
async function worksAgain(store: SessionStore, id: string): Promise<void> {
  const deadline = performance.now() + 5_000
  for (;;) {
    try {
      assert.ok(await store.load(id), 'the session is there')
      return
    } catch (failure) {
      if (performance.now() > deadline) throw failure
      // A store may refuse at once: others get the processor.
      await new Promise(setImmediate)
    }
  }
}
