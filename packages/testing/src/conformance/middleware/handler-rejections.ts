import { strict as assert } from 'node:assert'
import { Rejection } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, endOf } from '../support.js'

/** What a Rejection means in a handler. */
export const handlerRejections: readonly Behaviour[] = [
  {
    name: 'a Rejection thrown in a handler closes with its code and reason, and is no error',
    async run(stage) {
      const app = stage.app().message(() => {
        throw new Rejection({ status: 403, code: 4321, reason: 'one vote each' })
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('vote')
      assert.deepEqual(await peer.closed, { code: 4321, reason: 'one vote each' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4321,
        reason: 'one vote each',
        by: 'server',
        clean: true,
        wireCode: 4321,
      })
      assert.equal(record.of('error').length, 0)
    },
  },
  {
    name: 'conn.reject() in a handler closes with the code of its status',
    async run(stage) {
      for (const [status, code] of [
        [401, 4010],
        [403, 4003],
        [429, 4101],
        [503, 1013],
        [500, 1011],
        [400, 1008],
      ] as const) {
        const app = stage.app().message(async (conn) => conn.reject({ status }))
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.send('go')
        assert.equal((await peer.closed).code, code)
        assert.equal((await record.next('close')).info.code, code)
        assert.equal(record.of('error').length, 0)
      }
    },
  },
  {
    name: 'a Rejection in a handler can be caught by the middleware around it',
    async run(stage) {
      const app = stage
        .app()
        .message(async (conn, message, next) => {
          try {
            await next()
          } catch (thrown) {
            if (!(thrown instanceof Rejection)) throw thrown
            conn.send(`${message.text()}: ${thrown.status}`)
          }
        })
        .message((conn, message) => {
          if (message.text() === 'forbidden') conn.reject({ status: 403 })
          echo(conn, message)
        })
      const { peer } = await meet(stage, app)
      peer.send('forbidden')
      assert.equal(await peer.next(), 'forbidden: 403')
      await assertAlive(peer)
    },
  },
]
