import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pairs } from '../pair.js'
import { EVERY_SECOND } from './interval.js'

/** What heartbeats cost. */
export const timers: readonly Behaviour[] = [
  {
    name: 'with heartbeat: false nobody is pinged, however long it is silent',
    run: async (stage) => {
      const app = stage.app({ heartbeat: false })
      const { conn, peer } = await meet(stage, app)
      peer.answersPings = false
      assert.equal(app.stats().gauges.timers, 0)
      await stage.clock.advance(86_400_000)
      conn.send('good morning')
      assert.equal(await peer.next(), 'good morning')
      assert.equal(peer.pings, 0)
    },
  },
  {
    name: 'the heartbeats of all connections share one timer, which ends with the last of them',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const all = await pairs(app, await stage.serve(app), 20)
      assert.equal(app.stats().gauges.timers, 1)
      assert.equal(stage.clock.pending, 1)
      for (const { conn } of all) conn.terminate()
      for (let i = 0; i < 20; i += 1) await record.next('close')
      assert.equal(app.stats().gauges.timers, 0)
      assert.equal(stage.clock.pending, 0)
    },
  },
  {
    name: 'connections that came at different times are each pinged in their own time',
    run: async (stage) => {
      const app = stage.app(EVERY_SECOND)
      const served = await stage.serve(app)
      const early = await served.connect()
      await stage.until(() => app.stats().gauges.connections.active === 1, 'the first to be active')
      await stage.clock.advance(600)
      const late = await served.connect()
      await stage.until(() => app.stats().gauges.connections.active === 2, 'the second to be active')
      await stage.clock.advance(400)
      await stage.until(() => early.pings === 1, 'the ping of the first')
      assert.equal(late.pings, 0)
      await stage.clock.advance(600)
      await stage.until(() => late.pings === 1, 'the ping of the second')
      assert.equal(early.pings, 1)
    },
  },
]
