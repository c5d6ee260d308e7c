import { strict as assert } from 'node:assert'
import type { Connection, Middleware, Next } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, endOf, Gate } from '../support.js'

/** What does not compile, and is written in JavaScript all the same. */
const careless = (middleware: (conn: Connection<{}>, next: Next) => unknown): Middleware<{}, {}> =>
  middleware as Middleware<{}, {}>

/** Middleware that fails while its connection lives, or after. */
export const failures: readonly Behaviour[] = [
  {
    name: 'a throw after next() is an error event, and changes nothing about the end',
    async run(stage) {
      const app = stage.app()
      const thrown = new Error('could not save')
      app.use(async (_conn, next) => {
        await next()
        throw thrown
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000, 'done')
      const { error } = await record.next('error')
      assert.equal(error.code, 'LINKSPAN_MIDDLEWARE')
      assert.equal(error.cause, thrown)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 1000, reason: 'done', by: 'peer', clean: true, wireCode: 1000 })
      assert.equal(record.of('error').length, 1)
      assert.equal(record.of('reject').length, 0)
    },
  },
  {
    name: 'a throw after next() unwinds the middleware around it, and is told once',
    async run(stage) {
      const app = stage.app()
      const thrown = new Error('could not save')
      const log: unknown[] = []
      app
        .use(async (conn, next) => {
          conn.defer(() => {
            log.push('released')
          })
          try {
            return await next()
          } catch (caught) {
            log.push(caught)
            throw caught
          } finally {
            log.push('finally')
          }
        })
        .use(async (_conn, next) => {
          await next()
          throw thrown
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(log, [thrown, 'finally', 'released'])
      assert.deepEqual(
        record.of('error').map(({ error }) => error.cause),
        [thrown],
      )
    },
  },
  {
    name: 'a Rejection thrown after next() refuses nobody any more',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        await next()
        return conn.reject({ status: 403 })
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000)
      assert.equal((await record.next('close')).info.code, 1000)
      assert.equal(record.of('reject').length, 0)
    },
  },
  {
    name: 'middleware that ends while its connection is active ends it with 1011, and is an error',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app
        .use(
          careless(async (_conn, next) => {
            void next()
            await gate.opened
          }),
        )
        .message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      gate.open()
      const { code, reason } = await peer.closed
      assert.equal(code, 1011)
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_MISSING')
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 1011, reason, by: 'server', clean: true, wireCode: 1011 })
    },
  },
  {
    name: 'an outer middleware that ends while its connection is active ends it, and an inner one still unwinds',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: number[] = []
      app
        .use(careless((_conn, next) => Promise.race([next(), gate.opened])))
        .use(async (_conn, next) => {
          const end = await next()
          log.push(end.code)
          return end
        })
        .message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      gate.open()
      assert.equal((await peer.closed).code, 1011)
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_MISSING')
      await record.next('close')
      await stage.until(() => log.length === 1, 'the inner middleware unwinds')
      assert.deepEqual(log, [1011])
    },
  },
  {
    name: 'middleware that throws while its connection is active ends it with 1011, and tells the peer nothing',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const thrown = new Error('lost the lock "users/7"')
      app
        .use(async (_conn, next) => {
          await Promise.race([next(), gate.opened])
          throw thrown
        })
        .message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      gate.open()
      const { code, reason } = await peer.closed
      assert.equal(code, 1011)
      assert.ok(!reason.includes('lock'))
      const { error } = await record.next('error')
      assert.equal(error.code, 'LINKSPAN_MIDDLEWARE')
      assert.equal(error.cause, thrown)
      assert.equal((await record.next('close')).info.code, 1011)
      assert.equal(record.of('error').length, 1)
    },
  },
  {
    name: 'middleware that refuses while its connection is active closes it with the code of its refusal',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app
        .use(async (conn, next) => {
          await Promise.race([next(), gate.opened])
          return conn.reject({ status: 403, reason: 'the meeting is over' })
        })
        .message(echo)
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      gate.open()
      assert.deepEqual(await peer.closed, { code: 4003, reason: 'the meeting is over' })
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4003,
        reason: 'the meeting is over',
        by: 'server',
        clean: true,
        wireCode: 4003,
      })
      assert.equal(record.of('error').length, 0)
    },
  },
]
