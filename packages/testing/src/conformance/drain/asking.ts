import assert from 'node:assert/strict'
import type { DrainReport } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet, pairs } from '../pair.js'
import { assertAlive, echo, endOf, errorCodeOf } from '../support.js'
import { PATIENT } from './patient.js'

/** How everybody is asked to leave. */
export const asking: readonly Behaviour[] = [
  {
    name: "drain() closes everybody with 1012 'restarting', and reports how many and how long",
    run: async (stage) => {
      const app = stage.app(PATIENT)
      const record = stage.record(app)
      const all = await pairs(app, await stage.serve(app), 5)
      const report = app.drain()
      await stage.clock.advance(20_000)
      for (const { peer } of all) assert.deepEqual(await peer.closed, { code: 1012, reason: 'restarting' })
      const { closed, forced, duration } = await report
      assert.deepEqual({ closed, forced }, { closed: 5, forced: 0 })
      assert.ok(duration >= 0 && duration <= 20_000)
      const end = { code: 1012, reason: 'restarting', by: 'server', clean: true, wireCode: 1012 }
      for (const { info } of record.of('close')) assert.deepEqual(endOf(info), end)
      assert.equal(record.of('close').length, 5)
      assert.equal(app.connections.size, 0)
      assert.equal(app.stats().gauges.timers, 0)
    },
  },
  {
    name: 'drain() with a code and a reason closes with these',
    run: async (stage) => {
      const app = stage.app(PATIENT)
      const { peer } = await meet(stage, app)
      const report = app.drain({ code: 1001, reason: 'r'.repeat(200) })
      await stage.clock.advance(15_000)
      assert.deepEqual(await peer.closed, { code: 1001, reason: 'r'.repeat(123) })
      assert.equal((await report).closed, 1)
    },
  },
  {
    name: 'drain() with a code that must not be sent fails, and the application goes on as before',
    run: async (stage) => {
      const app = stage.app().message(echo)
      const served = await stage.serve(app)
      const peer = await served.connect()
      for (const code of [1005, 1006, 1015, 42]) {
        assert.equal(await errorCodeOf(() => app.drain({ code })), 'LINKSPAN_CLOSE_CODE')
      }
      await assertAlive(peer)
      await assertAlive(await served.connect())
    },
  },
  {
    name: 'drain() with times that are none fails, and the application goes on as before',
    run: async (stage) => {
      const app = stage.app().message(echo)
      const served = await stage.serve(app)
      for (const grace of [Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31]) {
        assert.equal(await errorCodeOf(() => app.drain({ grace })), 'LINKSPAN_OPTION')
      }
      for (const retryAfter of [Number.NaN, -1, 1.5]) {
        assert.equal(await errorCodeOf(() => app.drain({ retryAfter })), 'LINKSPAN_OPTION')
      }
      await assertAlive(await served.connect())
    },
  },
  {
    name: 'drain() of an empty application is done at once',
    run: async (stage) => {
      const app = stage.app()
      await stage.serve(app)
      assert.deepEqual(await app.drain(), { closed: 0, forced: 0, duration: 0 })
      assert.equal(stage.clock.pending, 0)
    },
  },
  {
    name: 'drain() asked again answers the same promise, also when it is over',
    run: async (stage) => {
      const app = stage.app(PATIENT)
      await meet(stage, app)
      const first = app.drain()
      assert.equal(app.drain({ code: 4000, grace: 1 }), first)
      await stage.clock.advance(15_000)
      const report: DrainReport = await first
      assert.equal(report.closed, 1)
      assert.equal(app.drain(), first)
    },
  },
]
