import { strict as assert } from 'node:assert'
import type { Connection, Next } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import type { Peer } from '../../peer.js'
import type { Recorder } from '../../recorder.js'
import { endOf, refusalOf } from '../support.js'

/** `refuse: 'visibly'`: 101 and an immediate close, which a browser can read. */
export const visible: readonly Behaviour[] = [
  {
    name: "with refuse 'visibly' a refusal is a 101 and its close code, and is told as a refusal",
    async run(stage) {
      const { peer, record } = await refuseVisibly(stage, async (conn) =>
        conn.reject({ status: 401, reason: 'who are you?', headers: { 'x-quota': '0' }, retryAfter: 5 }),
      )
      assert.deepEqual(await peer.closed, { code: 4010, reason: 'who are you?' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4010,
        reason: 'who are you?',
        by: 'server',
        clean: true,
        wireCode: 4010,
      })
      const [{ status, code, reason } = {}] = record.of('reject')
      assert.deepEqual({ status, code, reason }, { status: 401, code: 4010, reason: 'who are you?' })
      assert.equal(record.of('open').length, 0)
      assert.deepEqual(
        record.of('transition').map(({ from, to }) => `${from} > ${to}`),
        ['connecting > closing', 'closing > closed'],
      )
    },
  },
  {
    name: "with refuse 'visibly' a code that is given travels",
    async run(stage) {
      const { peer, record } = await refuseVisibly(stage, async (conn) =>
        conn.reject({ status: 409, code: 4002, reason: 'replaced' }),
      )
      assert.deepEqual(await peer.closed, { code: 4002, reason: 'replaced' })
      assert.equal((await record.next('close')).info.wireCode, 4002)
    },
  },
  {
    name: "with refuse 'visibly' a long reason is cut to 123 bytes, at a character",
    async run(stage) {
      const { peer, record } = await refuseVisibly(stage, async (conn) =>
        conn.reject({ status: 403, reason: 'ü'.repeat(200) }),
      )
      assert.deepEqual(await peer.closed, { code: 4003, reason: 'ü'.repeat(61) })
      assert.equal((await record.next('close')).info.reason, 'ü'.repeat(61))
    },
  },
  {
    name: "with refuse 'visibly' middleware that fails is 1011, without detail",
    async run(stage) {
      const { peer, record } = await refuseVisibly(stage, () =>
        Promise.reject(new Error('password "hunter2"')),
      )
      assert.deepEqual(await peer.closed, { code: 1011, reason: '' })
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_MIDDLEWARE')
      assert.equal((await record.next('close')).info.code, 1011)
    },
  },
  {
    name: "with refuse 'visibly' what comes before middleware refuses visibly too",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly', origin: ['https://app.example'] })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect({ headers: { origin: 'https://evil.test' } })
      assert.equal((await peer.closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: "with refuse 'visibly' a handshake that takes too long is closed with 1013",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly' })
      app.use(async (conn, next) => {
        await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(3_000)
      const answer = await attempt.answer
      assert.ok(answer.upgraded)
      assert.equal((await answer.peer.closed).code, 1013)
      assert.equal((await record.next('close')).info.wireCode, 1013)
    },
  },
  {
    name: "with refuse 'visibly' terminate() before the 101 is still 1006, by the server, not clean",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly' })
      app.use(async (conn, next) => {
        conn.terminate()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      await served.answer().catch(() => undefined)
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
  {
    name: "with refuse 'visibly' nothing that a refused client says reaches a handler",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly' })
      let handled = 0
      app
        .use(async (conn) => conn.reject({ status: 401 }))
        .message(() => {
          handled += 1
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.answersClose = false
      peer.sendBurst(['let', 'me', 'in'])
      peer.close(1000)
      await record.next('close')
      assert.equal(handled, 0)
    },
  },
  {
    name: "with refuse 'visibly' nothing that was sent before the refusal reaches the client",
    async run(stage) {
      const { peer, record } = await refuseVisibly(stage, async (conn) => {
        conn.send('a secret')
        return conn.reject({ status: 401 })
      })
      assert.equal((await peer.closed).code, 4010)
      assert.equal(peer.received, 0)
      await record.next('close')
      assert.equal(record.of('drop')[0]?.bytes, 8)
    },
  },
  {
    name: "with refuse 'visibly' a malformed upgrade is still answered with a status",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly' })
      const served = await stage.serve(app)
      assert.equal(refusalOf(await served.answer({ headers: { 'sec-websocket-key': 'short' } })).status, 400)
      assert.equal(refusalOf(await served.answer({ method: 'POST' })).status, 405)
      assert.equal(app.stats().totals.connections, 0)
    },
  },
]

async function refuseVisibly(
  stage: Stage,
  middleware: (conn: Connection<{}>, next: Next) => Promise<never>,
): Promise<{ peer: Peer; record: Recorder }> {
  const app = stage.app({ refuse: 'visibly' })
  app.use(middleware)
  const record = stage.record(app)
  const served = await stage.serve(app)
  return { peer: await served.connect(), record }
}
