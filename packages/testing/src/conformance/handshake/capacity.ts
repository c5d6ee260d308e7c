import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, endOf, Gate, refusalOf } from '../support.js'

/** How many may come at once, and that nobody may while the application drains. */
export const capacity: readonly Behaviour[] = [
  {
    name: 'past maxConnections a handshake is refused with 503 and Retry-After, before any middleware',
    async run(stage) {
      const app = stage.app({ maxConnections: 2 })
      let entered = 0
      app
        .use((_conn, next) => {
          entered += 1
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peers = [await served.connect(), await served.connect()]
      const { status, headers, body } = refusalOf(await served.answer())
      assert.equal(status, 503)
      assert.match(headers['retry-after'] ?? '', /^\d+$/)
      assert.equal((JSON.parse(body) as { code: number }).code, 1013)
      assert.equal((await record.next('close')).info.code, 1013)
      assert.equal(entered, 2)
      for (const peer of peers) await assertAlive(peer)
    },
  },
  {
    name: 'handshakes under way count towards maxConnections',
    async run(stage) {
      const app = stage.app({ maxConnections: 1 })
      const gate = new Gate()
      app.use(async (_conn, next) => {
        await gate.opened
        return next()
      })
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      assert.equal(refusalOf(await served.answer()).status, 503)
      gate.open()
      assert.ok((await attempt.answer).upgraded)
    },
  },
  {
    name: 'a connection that closes makes room under maxConnections, and so does one that was refused',
    async run(stage) {
      const app = stage.app({ maxConnections: 1 })
      app.use(async (conn, next) => (conn.request.path === '/no' ? conn.reject({ status: 404 }) : next()))
      const record = stage.record(app)
      const served = await stage.serve(app)
      assert.equal(refusalOf(await served.answer({ path: '/no' })).status, 404)
      await record.next('close')
      const peer = await served.connect()
      assert.equal(refusalOf(await served.answer()).status, 503)
      await record.next('close')
      peer.close(1000)
      await record.next('close')
      assert.ok((await served.answer()).upgraded)
    },
  },
  {
    name: 'an application that drains refuses new handshakes with 503 and Retry-After, during and after',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      app.use((_conn, next) => {
        entered += 1
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      await served.connect()
      const drained = app.drain({ grace: 10_000, retryAfter: 7 })
      const during = refusalOf(await served.answer())
      assert.equal(during.status, 503)
      assert.equal(during.headers['retry-after'], '7')
      await stage.clock.advance(10_000)
      await drained
      const after = refusalOf(await served.answer())
      assert.equal(after.status, 503)
      assert.equal(after.headers['retry-after'], '7')
      assert.equal(entered, 1)
      assert.equal(record.of('open').length, 1)
    },
  },
  {
    name: 'a drain refuses a handshake that is under way',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const drained = app.drain({ grace: 10_000 })
      await stage.clock.advance(9_999)
      assert.equal(refusalOf(await attempt.answer).status, 503)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1012,
        reason: 'restarting',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal((await drained).forced, 0)
    },
  },
]
