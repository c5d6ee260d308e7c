import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, errorCodeOf, Gate, only, refusalOf } from '../support.js'

/** How long a handshake may take, and what becomes of one that takes longer. */
export const deadlines: readonly Behaviour[] = [
  {
    name: 'a pipeline that takes longer than 3 s is refused with 503',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app.use(async (_conn, next) => {
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(2_999)
      assert.equal(only(app).state, 'connecting')
      await stage.clock.advance(1)
      const { status, body } = refusalOf(await attempt.answer)
      assert.equal(status, 503)
      const { title, code } = JSON.parse(body) as { title: string; code: number }
      assert.deepEqual({ title, code }, { title: 'Service Unavailable', code: 1013 })
      gate.open()
      const { info } = await record.next('close')
      assert.equal(info.code, 1013)
      assert.equal(info.by, 'server')
      assert.equal(info.clean, false)
      assert.equal(info.wireCode, undefined)
    },
  },
  {
    name: 'handshakeTimeout counts from the arrival, whatever happens on the way',
    async run(stage) {
      const app = stage.app({ handshakeTimeout: 500 })
      const gates = [new Gate(), new Gate()]
      app.use(async (conn, next) => {
        await gates[0]?.opened
        conn.authenticate({ subject: 'ada' })
        await gates[1]?.opened
        return next()
      })
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(499)
      gates[0]?.open()
      await stage.until(() => only(app).state === 'authenticated', 'it authenticates')
      await stage.clock.advance(1)
      assert.equal(refusalOf(await attempt.answer).status, 503)
      gates[1]?.open()
    },
  },
  {
    name: 'after accept() a pipeline that takes too long is closed with 1013',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        await conn.accept()
        await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await stage.clock.advance(3_000)
      assert.equal((await peer.closed).code, 1013)
      const { info } = await record.next('close')
      assert.equal(info.code, 1013)
      assert.equal(info.wireCode, 1013)
      assert.equal(info.by, 'server')
      assert.equal(info.clean, true)
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'the deadline of the handshake ends with it',
    async run(stage) {
      const app = stage.app({ heartbeat: false })
      app.message(echo)
      const served = await stage.serve(app)
      const peer = await served.connect()
      assert.equal(app.stats().gauges.timers, 0)
      await stage.clock.advance(60_000)
      await assertAlive(peer)
    },
  },
  {
    name: 'what middleware does after its handshake timed out is discarded, and what it took is given back',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: (string | undefined)[] = []
      app
        .use(async (conn, next) => {
          conn.defer(() => {
            log.push('released')
          })
          await gate.opened
          log.push(String(conn.signal.aborted))
          log.push(await errorCodeOf(() => conn.authenticate({ subject: 'ada' })))
          try {
            return await next()
          } finally {
            log.push('finally')
          }
        })
        .use((_conn, next) => {
          log.push('entered')
          return next()
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(3_000)
      assert.equal(refusalOf(await attempt.answer).status, 503)
      gate.open()
      await record.next('close')
      assert.deepEqual(log, ['true', 'LINKSPAN_CLOSED', 'finally', 'released'])
      assert.equal(record.of('open').length, 0)
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'middleware that never settles is abandoned after releaseTimeout, with an error',
    async run(stage) {
      const app = stage.app()
      let released = 0
      app.use((conn) => {
        conn.defer(() => {
          released += 1
        })
        return new Promise<never>(() => {})
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(3_000)
      assert.equal(refusalOf(await attempt.answer).status, 503)
      await stage.clock.advance(9_999)
      assert.equal(record.of('close').length, 0)
      await stage.clock.advance(1)
      assert.equal((await record.next('close')).info.code, 1013)
      assert.deepEqual(
        record.of('error').map(({ error }) => error.code),
        ['LINKSPAN_RELEASE_TIMEOUT'],
      )
      assert.equal(released, 1)
      assert.equal(app.connections.size, 0)
    },
  },
]
