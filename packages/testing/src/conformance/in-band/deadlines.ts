import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, endOf, Gate, only } from '../support.js'

/** How long `read()` waits, and that a client which says nothing is not waited for. */
export const deadlines: readonly Behaviour[] = [
  {
    name: 'a read that runs out of time closes with 4010',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read({ timeout: 500 })
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await stage.clock.advance(499)
      assert.equal(only(app).state, 'connecting')
      await stage.clock.advance(1)
      const { code, reason } = await peer.closed
      assert.equal(code, 4010)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 4010, reason, by: 'server', clean: true, wireCode: 4010 })
      assert.equal(record.of('reject')[0]?.code, 4010)
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'read() gives up after 3 s unless told otherwise',
    async run(stage) {
      const app = stage.app({ handshakeTimeout: 10_000 })
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await stage.clock.advance(2_999)
      assert.equal(only(app).state, 'connecting')
      await stage.clock.advance(1)
      assert.equal((await peer.closed).code, 4010)
      assert.equal((await record.next('close')).info.code, 4010)
    },
  },
  {
    name: 'a read that ran out of time can be caught, and the client let in as it is',
    async run(stage) {
      const app = stage.app()
      app
        .use(async (conn, next) => {
          await conn.accept()
          await conn.read({ timeout: 100 }).catch(() => undefined)
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await stage.clock.advance(100)
      await record.next('open')
      assert.equal(only(app).identity, null)
      await assertAlive(peer)
    },
  },
  {
    name: 'the deadline of a read ends with it',
    async run(stage) {
      const app = stage.app({ heartbeat: false })
      app
        .use(async (conn, next) => {
          await conn.accept()
          await conn.read({ timeout: 500 })
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('token')
      await record.next('open')
      assert.equal(stage.clock.pending, 0)
      assert.equal(app.stats().gauges.timers, 0)
      await stage.clock.advance(10_000)
      await assertAlive(peer)
    },
  },
  {
    name: 'the handshake has its deadline however often read() is called',
    async run(stage) {
      const app = stage.app({ handshakeTimeout: 1_000 })
      let read = 0
      app.use(async (conn) => {
        await conn.accept()
        for (;;) {
          await conn.read({ timeout: 900 })
          read += 1
        }
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('1')
      await stage.until(() => read === 1, 'a message is read')
      await stage.clock.advance(600)
      peer.send('2')
      await stage.until(() => read === 2, 'another message is read')
      await stage.clock.advance(400)
      assert.equal((await peer.closed).code, 4010)
      assert.equal((await record.next('close')).info.code, 4010)
    },
  },
  {
    name: 'accept() begins the deadline of the handshake anew: what came before takes nothing of what the client has',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app.use(async (conn, next) => {
        await gate.opened
        await conn.accept()
        await conn.read()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(2_000)
      gate.open()
      const answer = await attempt.answer
      assert.ok(answer.upgraded)
      await stage.clock.advance(2_999)
      assert.equal(only(app).state, 'connecting')
      await stage.clock.advance(1)
      assert.equal((await answer.peer.closed).code, 4010)
      assert.equal((await record.next('close')).info.code, 4010)
      assert.equal(app.stats().gauges.timers, 0)
    },
  },
  {
    name: 'a read that is told to wait longer than the handshake may take ends with it, with 4010',
    async run(stage) {
      const app = stage.app({ handshakeTimeout: 1_000 })
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read({ timeout: 60_000 }).catch(() => undefined)
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await stage.clock.advance(1_000)
      const { code, reason } = await peer.closed
      assert.deepEqual({ code, reason }, { code: 4010, reason: 'no message came in time' })
      await record.next('close')
      assert.deepEqual([record.of('open').length, record.of('reject')[0]?.code], [0, 4010])
    },
  },
  {
    name: 'what the pipeline does too slowly behind a read is 1013: the client has spoken',
    async run(stage) {
      const app = stage.app()
      let heard = 0
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read()
        heard += 1
        await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('token')
      await stage.until(() => heard === 1, 'the message is read')
      await stage.clock.advance(3_000)
      assert.equal((await peer.closed).code, 1013)
      assert.equal((await record.next('close')).info.code, 1013)
    },
  },
]
