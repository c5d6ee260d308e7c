import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { CUT_BY_NETWORK, endOf } from '../support.js'

/** Ends that nobody asked for. */
export const byNetwork: readonly Behaviour[] = [
  {
    name: 'a FIN without a close frame is 1006 by network, and not clean',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.end()
      assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
    },
  },
  {
    name: 'a reset is 1006 by network, and not clean',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.cut()
      assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
      assert.deepEqual(record.of('error'), [])
    },
  },
  {
    name: 'a socket that breaks while much waits for it is 1006 by network',
    run: async (stage) => {
      const app = stage.app({ outbox: { bytes: 67_108_864 } })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.pause()
      for (let i = 0; i < 500; i += 1) conn.send(new Uint8Array(65_536))
      peer.cut()
      assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
      assert.equal(app.stats().gauges.outbox.bytes, 0)
    },
  },
]
