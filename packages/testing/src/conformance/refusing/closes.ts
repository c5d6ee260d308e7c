import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, endOf, errorCodeOf, refusalOf } from '../support.js'
import { refuse } from './refuse.js'

/** `close()` and `terminate()` before the 101: a refusal, with the code that was asked for. */
export const closes: readonly Behaviour[] = [
  ...(
    [
      [4010, 401],
      [4003, 403],
      [4101, 429],
      [1011, 500],
      [1013, 503],
    ] as const
  ).map(
    ([code, status]): Behaviour => ({
      name: `close(${code}) before the 101 refuses with ${status}`,
      async run(stage) {
        const refusal = await refuse(stage, async (conn, next) => {
          conn.close(code, 'not now')
          return next()
        })
        assert.equal(refusal.status, status)
        assert.equal(refusal.headers['content-type'], 'application/problem+json')
        const { detail, code: told } = JSON.parse(refusal.body) as { detail: string; code: number }
        assert.deepEqual({ detail, told }, { detail: 'not now', told: code })
        const { info } = await refusal.record.next('close')
        assert.deepEqual(endOf(info), {
          code,
          reason: 'not now',
          by: 'server',
          clean: false,
          wireCode: undefined,
        })
        assert.equal(refusal.record.of('reject')[0]?.status, status)
      },
    }),
  ),
  {
    name: 'after close() before the 101, next() enters nothing and answers the CloseInfo',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      let code = 0
      app
        .use(async (conn, next) => {
          conn.close(1000, 'changed my mind')
          const end = await next()
          code = end.code
          return end
        })
        .use((_conn, next) => {
          entered += 1
          return next()
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      assert.ok(refusalOf(await served.answer()).status >= 400)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1000,
        reason: 'changed my mind',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal(code, 1000)
      assert.equal(entered, 0)
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'terminate() before the 101 lets nobody in: 1006, by the server, not clean',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        conn.terminate()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const answer = await served.answer().catch(() => undefined)
      assert.notEqual(answer?.upgraded, true)
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
    name: 'close() with a code that must not be sent throws LINKSPAN_CLOSE_CODE, and refuses nobody',
    async run(stage) {
      const app = stage.app()
      const codes: (string | undefined)[] = []
      app
        .use(async (conn, next) => {
          for (const code of [999, 1005, 1006, 1010, 1015, 2999, 5000, 1000.5, Number.NaN]) {
            codes.push(await errorCodeOf(() => conn.close(code)))
          }
          return next()
        })
        .message(echo)
      const served = await stage.serve(app)
      await assertAlive(await served.connect())
      assert.deepEqual(codes, Array(9).fill('LINKSPAN_CLOSE_CODE'))
    },
  },
]
