import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { endOf, Gate, refusalOf } from '../support.js'
import { PATIENT } from './patient.js'

/** How nobody comes in meanwhile. */
export const refusing: readonly Behaviour[] = [
  {
    name: 'new upgrades are refused with 503 and Retry-After from the call on, and run no middleware',
    run: async (stage) => {
      let entered = 0
      const app = stage.app(PATIENT).use(async (_conn, next) => {
        entered += 1
        return next()
      })
      const served = await stage.serve(app)
      const gate = new Gate()
      await served.connect()
      const [conn] = app.connections
      conn?.defer(() => gate.opened)
      const report = app.drain()
      const during = refusalOf(await served.answer())
      assert.equal(during.status, 503)
      assert.match(during.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
      gate.open()
      await stage.clock.advance(15_000)
      await report
      const after = refusalOf(await served.answer())
      assert.equal(after.status, 503)
      assert.match(after.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
      assert.equal(entered, 1)
    },
  },
  {
    name: 'retryAfter is what refused upgrades are told, in seconds',
    run: async (stage) => {
      const app = stage.app()
      const served = await stage.serve(app)
      await app.drain({ retryAfter: 7 })
      assert.equal(refusalOf(await served.answer()).headers['retry-after'], '7')
    },
  },
  {
    name: 'a connection that is in its handshake when the drain comes to it is refused with 503 and Retry-After',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage.app({ handshakeTimeout: 60_000 }).use(async (conn, next) => {
        conn.defer(() => void log.push('released'))
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const { answer } = (await stage.serve(app)).attempt()
      await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
      const report = app.drain()
      await stage.clock.advance(100)
      const refused = refusalOf(await answer)
      assert.equal(refused.status, 503)
      assert.match(refused.headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
      gate.open()
      const { info } = await record.next('close')
      const end = { code: 1012, reason: 'restarting', by: 'server', clean: false, wireCode: undefined }
      assert.deepEqual(endOf(info), end)
      assert.deepEqual(log, ['released'])
      assert.equal((await report).closed, 1)
      assert.deepEqual(record.of('open'), [])
    },
  },
  {
    name: 'what the application is served by goes on refusing politely while it drains, for as long as it takes',
    run: async (stage) => {
      const app = stage.app()
      const served = await stage.serve(app)
      await app.drain()
      for (let i = 0; i < 10; i += 1) assert.equal(refusalOf(await served.answer()).status, 503)
      await stage.until(() => app.connections.size === 0, 'the refused ones to be gone')
      const { rejected, opened } = app.stats().totals
      assert.deepEqual({ rejected, opened }, { rejected: 10, opened: 0 })
    },
  },
]
