import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pairs } from '../pair.js'

/** What is cut at the end. */
export const forcing: readonly Behaviour[] = [
  {
    name: 'what is left when the grace period ends is cut, and reported as forced',
    needs: ['closeAnswer'],
    run: async (stage) => {
      const app = stage.app({ closeTimeout: 60_000 })
      const record = stage.record(app)
      const all = await pairs(app, await stage.serve(app), 4)
      for (const { peer } of all.slice(0, 2)) peer.answersClose = false
      const report = app.drain({ grace: 8_000 })
      await stage.clock.advance(7_999)
      await stage.until(() => app.connections.size === 2, 'two connections to be closed')
      await stage.clock.advance(1)
      const { closed, forced, duration } = await report
      assert.deepEqual({ closed, forced, duration }, { closed: 2, forced: 2, duration: 8_000 })
      for (const { info } of record.of('close')) {
        assert.equal(info.code, 1012)
        assert.equal(info.by, 'server')
        assert.equal(info.wireCode, 1012)
      }
      assert.equal(record.of('close').filter(({ info }) => info.clean).length, 2)
    },
  },
  {
    name: 'the grace period is 30 s by default',
    needs: ['closeAnswer'],
    run: async (stage) => {
      const app = stage.app({ closeTimeout: 60_000, heartbeat: false })
      const { peer } = await meet(stage, app)
      peer.answersClose = false
      const report = app.drain()
      await stage.clock.advance(29_999)
      assert.equal(app.connections.size, 1)
      await stage.clock.advance(1)
      assert.deepEqual(await report, { closed: 0, forced: 1, duration: 30_000 })
    },
  },
]
