import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pairs } from '../pair.js'
import { Gate } from '../support.js'
import { PATIENT } from './patient.js'

/** What a drain waits for. */
export const waiting: readonly Behaviour[] = [
  {
    name: 'closes are spread over time, so that not everybody comes back at once',
    run: async (stage) => {
      const moments: number[] = []
      const app = stage.app(PATIENT).on('transition', (_conn, { to }) => {
        if (to === 'closing') moments.push(stage.clock.monotonic())
      })
      await pairs(app, await stage.serve(app), 40)
      const report = app.drain({ grace: 10_000 })
      assert.ok(moments.length < 40, 'all were closed in one go')
      await stage.clock.advance(9_000)
      assert.equal(moments.length, 40)
      assert.ok(new Set(moments).size >= 2, 'all were closed at one moment')
      assert.equal((await report).closed, 40)
    },
  },
  {
    name: 'connections that close by themselves meanwhile count as closed',
    run: async (stage) => {
      const app = stage.app(PATIENT)
      const all = await pairs(app, await stage.serve(app), 3)
      const report = app.drain()
      all[1]?.peer.close(1000)
      all[2]?.peer.cut()
      await stage.clock.advance(15_000)
      const { closed, forced } = await report
      assert.deepEqual({ closed, forced }, { closed: 3, forced: 0 })
    },
  },
  {
    name: 'handlers that run finish, and what is to be released is, before the drain is done',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(async () => void log.push('released'))
          return next()
        })
        .message(async (conn) => {
          log.push('starts')
          await gate.opened
          log.push(`ends while ${conn.state}`)
        })
      const { conn, peer } = await meet(stage, app)
      peer.send('go')
      await stage.until(() => log.length === 1, 'the handler to start')
      const report = app.drain().then(() => void log.push('drained'))
      await stage.clock.advance(100)
      await peer.closed
      assert.equal(conn.state, 'closing')
      assert.deepEqual(log, ['starts'])
      gate.open()
      await report
      assert.deepEqual(log, ['starts', 'ends while closing', 'released', 'drained'])
    },
  },
  {
    name: 'a release that throws stops no drain',
    run: async (stage) => {
      const app = stage.app(PATIENT)
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_RELEASE')
      const all = await pairs(app, await stage.serve(app), 3)
      for (const { conn } of all) {
        conn.defer(() => {
          throw new Error('never mind')
        })
      }
      const report = app.drain()
      await stage.clock.advance(15_000)
      assert.equal((await report).closed, 3)
      assert.equal(record.of('error').length, 3)
    },
  },
]
