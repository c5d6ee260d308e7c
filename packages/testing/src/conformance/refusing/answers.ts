import { strict as assert } from 'node:assert'
import { Rejection } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { endOf, Gate, only } from '../support.js'
import { refuse } from './refuse.js'

/** What else a refusal carries, and who hears of it. */
export const answers: readonly Behaviour[] = [
  {
    name: 'a thrown Rejection refuses exactly as conn.reject() does',
    async run(stage) {
      const { status, body, record } = await refuse(stage, async () => {
        throw new Rejection({ status: 402, reason: 'the trial has ended' })
      })
      assert.equal(status, 402)
      assert.equal(
        body,
        '{"type":"about:blank","title":"Payment Required","status":402,"detail":"the trial has ended","code":1008}',
      )
      assert.equal((await record.next('close')).info.code, 1008)
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'the given code and reason are in the body, the reject event and CloseInfo',
    async run(stage) {
      const { status, body, record } = await refuse(stage, async (conn) =>
        conn.reject({ status: 409, code: 4002, reason: 'you came back elsewhere' }),
      )
      assert.equal(status, 409)
      assert.equal(
        body,
        '{"type":"about:blank","title":"Conflict","status":409,"detail":"you came back elsewhere","code":4002}',
      )
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4002,
        reason: 'you came back elsewhere',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      const [{ status: told, code, reason } = {}] = record.of('reject')
      assert.deepEqual({ told, code, reason }, { told: 409, code: 4002, reason: 'you came back elsewhere' })
    },
  },
  {
    name: 'a reason arrives as it is, whatever its characters, in a body of the right length',
    async run(stage) {
      const { headers, body } = await refuse(stage, async (conn) =>
        conn.reject({ status: 403, reason: 'zu früh: "später"\r\nX-Evil: 1 – 早い 🛳' }),
      )
      assert.equal(
        body,
        '{"type":"about:blank","title":"Forbidden","status":403,"detail":"zu früh: \\"später\\"\\r\\nX-Evil: 1 – 早い 🛳","code":4003}',
      )
      assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
      assert.equal(headers['x-evil'], undefined)
    },
  },
  {
    name: 'a reason too long for a close frame is whole in the body, and cut at a character in CloseInfo',
    async run(stage) {
      const { body, record } = await refuse(stage, async (conn) =>
        conn.reject({ status: 403, reason: 'ü'.repeat(200) }),
      )
      assert.equal((JSON.parse(body) as { detail: string }).detail, 'ü'.repeat(200))
      assert.equal((await record.next('close')).info.reason, 'ü'.repeat(61))
    },
  },
  {
    name: 'retryAfter becomes Retry-After in whole seconds',
    async run(stage) {
      for (const [retryAfter, header] of [
        [30, '30'],
        [0, '0'],
        [86_400, '86400'],
      ] as const) {
        const { status, headers } = await refuse(stage, async (conn) =>
          conn.reject({ status: 429, retryAfter }),
        )
        assert.equal(status, 429)
        assert.equal(headers['retry-after'], header)
      }
    },
  },
  {
    name: 'no Retry-After is sent unless asked for',
    async run(stage) {
      const { headers } = await refuse(stage, async (conn) => conn.reject({ status: 503 }))
      assert.equal(headers['retry-after'], undefined)
    },
  },
  {
    name: 'headers of a refusal go out with it',
    async run(stage) {
      const { status, headers } = await refuse(stage, async (conn) =>
        conn.reject({
          status: 401,
          headers: { 'WWW-Authenticate': 'Bearer realm="chat"', 'x-quota': '0; window=60' },
        }),
      )
      assert.equal(status, 401)
      assert.equal(headers['www-authenticate'], 'Bearer realm="chat"')
      assert.equal(headers['x-quota'], '0; window=60')
    },
  },
  {
    name: 'no header of a refusal replaces its content type',
    async run(stage) {
      const { headers } = await refuse(stage, async (conn) =>
        conn.reject({ status: 403, headers: { 'Content-Type': 'text/html' } }),
      )
      assert.equal(headers['content-type'], 'application/problem+json')
    },
  },
  {
    name: 'a refusal tells reject and close once each, and open never',
    async run(stage) {
      const { record } = await refuse(stage, async (conn) => conn.reject({ status: 401 }))
      await record.next('close')
      assert.deepEqual(
        record.all.map(({ event }) => event).filter((event) => event !== 'transition'),
        ['reject', 'close'],
      )
    },
  },
  {
    name: 'the duration of a refused connection counts from the arrival of its handshake',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app.use(async (conn) => {
        await gate.opened
        return conn.reject({ status: 403 })
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      await stage.clock.advance(250)
      gate.open()
      await attempt.answer
      assert.equal((await record.next('close')).info.duration, 250)
    },
  },
  {
    name: 'a refused connection resolves closed, aborts its signal and gives back what it took, last taken first',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(async (conn) => {
        conn.defer(() => {
          log.push(`first, aborted: ${conn.signal.aborted}`)
        })
        conn.defer(async () => {
          await undefined
          log.push('second')
        })
        await gate.opened
        return conn.reject({ status: 401 })
      })
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      const conn = only(app)
      gate.open()
      await attempt.answer
      assert.equal((await conn.closed).code, 4010)
      assert.equal(conn.state, 'closed')
      assert.deepEqual(log, ['second', 'first, aborted: true'])
    },
  },
  {
    name: 'what was sent to a connection that is refused then is dropped, and counted',
    async run(stage) {
      const { record } = await refuse(stage, async (conn) => {
        conn.send('hello')
        conn.join('lobby')
        return conn.reject({ status: 403 })
      })
      await record.next('close')
      assert.deepEqual(
        record.of('drop').map(({ direction, bytes }) => ({ direction, bytes })),
        [{ direction: 'out', bytes: 5 }],
      )
    },
  },
  {
    name: 'an outer middleware sees the refusal of an inner one, and may refuse otherwise',
    async run(stage) {
      const app = stage.app()
      const seen: unknown[] = []
      app
        .use(async (conn, next) => {
          try {
            return await next()
          } catch (thrown) {
            seen.push(thrown)
            return conn.reject({ status: 404 })
          }
        })
        .use(async (conn) => conn.reject({ status: 403, reason: 'this room is private' }))
      const record = stage.record(app)
      const served = await stage.serve(app)
      const answer = await served.answer()
      assert.equal(answer.upgraded ? 101 : answer.status, 404)
      assert.ok(seen[0] instanceof Rejection)
      assert.equal(seen[0].status, 403)
      assert.equal(seen[0].reason, 'this room is private')
      assert.deepEqual(
        record.of('reject').map(({ status }) => status),
        [404],
      )
      assert.equal(record.of('error').length, 0)
    },
  },
]
