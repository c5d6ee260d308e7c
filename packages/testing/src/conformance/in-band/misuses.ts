import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, errorCodeOf, Gate } from '../support.js'

/** `accept()` and `read()` where they make no sense: an error for the caller, and no harm to the connection. */
export const misuses: readonly Behaviour[] = [
  {
    name: 'read() before accept() throws LINKSPAN_STATE',
    async run(stage) {
      const app = stage.app()
      let code: string | undefined
      app
        .use(async (conn, next) => {
          code = await errorCodeOf(() => conn.read())
          return next()
        })
        .message(echo)
      const served = await stage.serve(app)
      await assertAlive(await served.connect())
      assert.equal(code, 'LINKSPAN_STATE')
    },
  },
  {
    name: 'read() while another read() waits throws LINKSPAN_STATE, and the first one gets its message',
    async run(stage) {
      const app = stage.app()
      const answers: (string | undefined)[] = []
      app
        .use(async (conn, next) => {
          await conn.accept()
          const first = conn.read()
          answers.push(await errorCodeOf(() => conn.read()))
          answers.push((await first).text())
          return next()
        })
        .message(echo)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('token')
      await assertAlive(peer)
      assert.deepEqual(answers, ['LINKSPAN_STATE', 'token'])
    },
  },
  {
    name: 'read() throws LINKSPAN_STATE once the connection is active',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app.message(async (conn, message) => {
        codes.push(await errorCodeOf(() => conn.read()))
        conn.send(message)
      })
      const served = await stage.serve(app)
      await assertAlive(await served.connect())
      assert.deepEqual(codes, ['LINKSPAN_STATE'])
    },
  },
  {
    name: 'accept() throws LINKSPAN_STATE the second time, and once the connection is active',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app
        .use(async (conn, next) => {
          await conn.accept()
          codes.push(await errorCodeOf(() => conn.accept()))
          return next()
        })
        .message(async (conn, message) => {
          codes.push(await errorCodeOf(() => conn.accept()))
          conn.send(message)
        })
      const served = await stage.serve(app)
      await assertAlive(await served.connect())
      assert.deepEqual(codes, ['LINKSPAN_STATE', 'LINKSPAN_STATE'])
    },
  },
  {
    name: 'accept() and read() throw LINKSPAN_CLOSED once closing has begun',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app.use(async (conn, next) => {
        const end = await next()
        codes.push(await errorCodeOf(() => conn.accept()))
        codes.push(await errorCodeOf(() => conn.read()))
        return end
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(codes, ['LINKSPAN_CLOSED', 'LINKSPAN_CLOSED'])
    },
  },
  {
    name: 'a read() that nobody waits for, and whose client leaves, ends no process',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app.use(async (conn, next) => {
        await conn.accept()
        void conn.read()
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.cut()
      await stage.until(() => record.of('transition').length > 0, 'the client is gone')
      gate.open()
      assert.equal((await record.next('close')).info.code, 1006)
    },
  },
]
