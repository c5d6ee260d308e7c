import { strict as assert } from 'node:assert'
import type { Authenticated, Connection, Next } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import type { Peer } from '../../peer.js'
import type { Recorder } from '../../recorder.js'
import { endOf, Gate } from '../support.js'

/** Refusals after `accept()`: no status can travel any more, the close code does. */
export const refusals: readonly Behaviour[] = [
  {
    name: 'a refusal after accept() closes with the code of its status',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn) =>
        conn.reject({ status: 401, reason: 'that is no token' }),
      )
      assert.deepEqual(await peer.closed, { code: 4010, reason: 'that is no token' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4010,
        reason: 'that is no token',
        by: 'server',
        clean: true,
        wireCode: 4010,
      })
      const [{ status, code, reason } = {}] = record.of('reject')
      assert.deepEqual({ status, code, reason }, { status: 401, code: 4010, reason: 'that is no token' })
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'a refusal after accept() closes with the code it names',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn) =>
        conn.reject({ status: 409, code: 4002, headers: { 'x-too': 'late' }, retryAfter: 1 }),
      )
      assert.deepEqual(await peer.closed, { code: 4002, reason: '' })
      assert.equal((await record.next('close')).info.wireCode, 4002)
    },
  },
  {
    name: 'a refusal after authenticate() closes with its code too',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn) => {
        conn.authenticate({ subject: 'ada' })
        return conn.reject({ status: 403 })
      })
      assert.equal((await peer.closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'middleware that fails after accept() closes with 1011, and tells the client nothing',
    async run(stage) {
      const thrown = new Error('password "hunter2"')
      const { peer, record } = await afterAccept(stage, () => Promise.reject(thrown))
      const { code, reason } = await peer.closed
      assert.equal(code, 1011)
      assert.ok(!reason.includes('hunter2'))
      assert.equal((await record.next('error')).error.cause, thrown)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 1011, reason, by: 'server', clean: true, wireCode: 1011 })
    },
  },
  {
    name: 'next() forgotten after accept() closes with 1011, and is an error',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async () => undefined as never)
      assert.equal((await peer.closed).code, 1011)
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_MISSING')
      assert.equal((await record.next('close')).info.code, 1011)
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'what a client said before it was refused is never handled, but counted as dropped',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      let handled = 0
      app
        .use(async (conn) => {
          await conn.accept()
          await conn.read()
          await gate.opened
          return conn.reject({ status: 401 })
        })
        .message(() => {
          handled += 1
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.sendBurst(['wrong token', 'transfer', 'everything'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages arrive')
      gate.open()
      assert.equal((await peer.closed).code, 4010)
      await record.next('close')
      assert.equal(handled, 0)
      assert.deepEqual(
        record.of('drop').map(({ direction, bytes }) => ({ direction, bytes })),
        [
          { direction: 'in', bytes: 8 },
          { direction: 'in', bytes: 10 },
        ],
      )
    },
  },
  {
    name: 'nothing that was sent before a refusal after accept() reaches the client',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn) => {
        conn.send('a secret')
        return conn.reject({ status: 401 })
      })
      assert.equal((await peer.closed).code, 4010)
      assert.equal(peer.received, 0)
      await record.next('close')
      assert.deepEqual(
        record.of('drop').map(({ direction, bytes }) => ({ direction, bytes })),
        [{ direction: 'out', bytes: 8 }],
      )
    },
  },
  {
    name: 'close() after accept() closes with its code, though the connection was never active',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn, next) => {
        conn.close(4201, 'moved')
        return next<Authenticated>()
      })
      assert.deepEqual(await peer.closed, { code: 4201, reason: 'moved' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4201,
        reason: 'moved',
        by: 'server',
        clean: true,
        wireCode: 4201,
      })
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'terminate() after accept() cuts the socket: 1006, by the server, not clean',
    async run(stage) {
      const { peer, record } = await afterAccept(stage, async (conn, next) => {
        conn.terminate()
        return next<Authenticated>()
      })
      assert.equal((await peer.closed).code, undefined)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1006,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal(record.of('open').length, 0)
    },
  },
]

/** Lets a client in early, waits for its first message, and goes on with `middleware`. */
async function afterAccept(
  stage: Stage,
  middleware: (conn: Connection<{}>, next: Next) => Promise<never> | ReturnType<Next>,
): Promise<{ peer: Peer; record: Recorder }> {
  const app = stage.app()
  app.use(async (conn, next) => {
    await conn.accept()
    await conn.read()
    return middleware(conn, next)
  })
  const record = stage.record(app)
  const served = await stage.serve(app)
  const peer = await served.connect()
  peer.send('token')
  return { peer, record }
}
