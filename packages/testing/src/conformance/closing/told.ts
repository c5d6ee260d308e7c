import assert from 'node:assert/strict'
import type { CloseInfo } from '@linkspan/core'
import { LinkspanError } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { errorCodeOf, Gate } from '../support.js'

/** How user code learns of the end. */
export const told: readonly Behaviour[] = [
  {
    name: 'closed resolves with the same CloseInfo, whether asked for before the end or after it',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      const before: Promise<CloseInfo> = conn.closed
      conn.close(4001, 'revoked')
      const { info } = await record.next('close')
      assert.deepEqual(await before, info)
      assert.deepEqual(await conn.closed, info)
      assert.equal(conn.state, 'closed')
    },
  },
  {
    name: 'closed never rejects, also when nobody waits for it',
    run: async (stage) => {
      const { conn, peer } = await meet(stage, stage.app())
      const closed = conn.closed
      peer.cut()
      assert.equal((await closed).code, 1006)
    },
  },
  {
    name: 'duration is the time from the upgrade request to the end of the socket',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app({ heartbeat: false }).use(async (_conn, next) => {
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = served.connect()
      await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
      await stage.clock.advance(1_000)
      gate.open()
      await record.next('open')
      await stage.clock.advance(60_234)
      ;(await peer).close(1000)
      assert.equal((await record.next('close')).info.duration, 61_234)
    },
  },
  {
    name: 'duration does not count the time that a handler or a release takes after the socket has gone',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app({ heartbeat: false }).message(() => gate.opened)
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      conn.defer(() => gate.opened)
      peer.send('take your time')
      await stage.until(() => app.stats().totals.received === 1, 'the message received')
      await stage.clock.advance(1_000)
      peer.close(1000)
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      await stage.clock.advance(700)
      gate.open()
      assert.equal((await record.next('close')).info.duration, 1_000)
    },
  },
  {
    name: 'signal is aborted when closing begins, with LINKSPAN_CLOSED as its reason',
    run: async (stage) => {
      const { conn } = await meet(stage, stage.app())
      const { signal } = conn
      assert.equal(signal.aborted, false)
      assert.equal(conn.signal, signal)
      let aborted = 0
      signal.addEventListener('abort', () => {
        aborted += 1
      })
      conn.close(4000)
      assert.equal(signal.aborted, true)
      assert.equal(aborted, 1)
      assert.ok(signal.reason instanceof LinkspanError)
      assert.equal(signal.reason.code, 'LINKSPAN_CLOSED')
    },
  },
  {
    name: 'a signal that is asked for after closing began is aborted already',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.close(1000)
      await record.next('close')
      assert.equal(conn.signal.aborted, true)
      assert.equal((conn.signal.reason as LinkspanError).code, 'LINKSPAN_CLOSED')
    },
  },
  {
    name: 'authenticate and renew throw LINKSPAN_CLOSED after closing began',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(1000)
      const call = [() => conn.authenticate({ subject: 'ada' }), () => conn.renew({ subject: 'ada' })]
      for (const late of call) assert.equal(await errorCodeOf(late), 'LINKSPAN_CLOSED')
      await record.next('close')
      for (const late of call) assert.equal(await errorCodeOf(late), 'LINKSPAN_CLOSED')
      assert.equal(conn.identity, null)
    },
  },
]
