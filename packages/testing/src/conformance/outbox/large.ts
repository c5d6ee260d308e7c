import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo } from '../support.js'

/** A message larger than the bound. */
export const large: readonly Behaviour[] = [
  {
    name: 'one message larger than the bound goes when nothing waits',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: 1_024 } }).message(echo)
      const { conn, peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.match(conn.send('x'.repeat(1_000_000)), /^(sent|queued)$/)
      assert.equal((await peer.next()).length, 1_000_000)
      await conn.drained()
      assert.match(conn.send('y'.repeat(1_000_000)), /^(sent|queued)$/)
      assert.equal((await peer.next()).length, 1_000_000)
    },
  },
  {
    name: 'one message larger than the bound waits for a connection that is not active yet',
    run: async (stage) => {
      const results: string[] = []
      const app = stage.app({ outbox: { bytes: 1_024, overflow: 'drop-newest' } }).use(async (conn, next) => {
        results.push(conn.send('x'.repeat(4_096)), conn.send('no room'))
        return next()
      })
      const { peer } = await meet(stage, app)
      assert.deepEqual(results, ['queued', 'dropped'])
      assert.equal(await peer.next(), 'x'.repeat(4_096))
      assert.equal(peer.received, 0)
    },
  },
]
