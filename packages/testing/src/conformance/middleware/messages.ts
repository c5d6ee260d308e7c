import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, Gate } from '../support.js'

/** What one message middleware sees of another, and what becomes of a failure. */
export const messages: readonly Behaviour[] = [
  {
    name: 'synchronous message middleware is entered and left without a promise',
    async run(stage) {
      const log: unknown[] = []
      const app = stage
        .app()
        .message((_conn, _message, next) => {
          log.push('outer in')
          log.push(next())
          log.push('outer out')
        })
        .message((_conn, _message, next) => {
          log.push('inner in')
          log.push(next())
          log.push('inner out')
        })
        .message((conn, message) => {
          log.push('handled')
          conn.send(message)
        })
      const { peer } = await meet(stage, app)
      peer.send('go')
      assert.equal(await peer.next(), 'go')
      assert.deepEqual(log, [
        'outer in',
        'inner in',
        'handled',
        undefined,
        'inner out',
        undefined,
        'outer out',
      ])
    },
  },
  {
    name: 'next() in the innermost message middleware does nothing',
    async run(stage) {
      const app = stage.app().message(async (conn, message, next) => {
        await next()
        conn.send(message)
      })
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
    },
  },
  {
    name: 'a second next() for one message can be caught: the message is handled once, and the connection lives',
    async run(stage) {
      const codes: unknown[] = []
      let handled = 0
      const app = stage
        .app()
        .message(async (conn, message, next) => {
          await next()
          try {
            await next()
          } catch (thrown) {
            codes.push((thrown as { code?: string }).code)
          }
          conn.send(message)
        })
        .message(() => {
          handled += 1
        })
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.deepEqual(codes, ['LINKSPAN_NEXT_TWICE'])
      assert.equal(handled, 1)
    },
  },
  {
    name: 'a synchronous throw is caught by a plain try around next()',
    async run(stage) {
      const app = stage
        .app()
        .message((conn, _message, next) => {
          try {
            void next()
          } catch (thrown) {
            conn.send(`caught: ${(thrown as Error).message}`)
          }
        })
        .message((_conn, message) => {
          throw new Error(message.text())
        })
      const { peer } = await meet(stage, app)
      peer.send('oh dear')
      assert.equal(await peer.next(), 'caught: oh dear')
    },
  },
  {
    name: 'what an outer message middleware throws instead is what is reported',
    async run(stage) {
      const app = stage
        .app()
        .message(async (_conn, _message, next) => {
          try {
            await next()
          } catch (cause) {
            throw new Error('in the outer one', { cause })
          }
        })
        .message(async () => {
          throw new Error('in the inner one')
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('go')
      const { error } = await record.next('error')
      assert.equal(error.code, 'LINKSPAN_HANDLER')
      const cause = error.cause as Error
      assert.equal(cause.message, 'in the outer one')
      assert.equal((cause.cause as Error).message, 'in the inner one')
      assert.equal((await record.next('close')).info.code, 1011)
      assert.equal(record.of('error').length, 1)
    },
  },
  {
    name: 'the failure of a handler that its middleware did not wait for is not lost',
    async run(stage) {
      const gate = new Gate()
      const app = stage
        .app()
        .message(async (_conn, _message, next) => {
          void next()
        })
        .message(async () => {
          await gate.opened
          throw new Error('later')
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('go')
      await stage.until(() => app.stats().totals.received === 1, 'the message arrives')
      gate.open()
      assert.equal(((await record.next('error')).error.cause as Error).message, 'later')
      assert.equal((await record.next('close')).info.code, 1011)
    },
  },
  {
    name: 'a middleware that throws while what it called still runs ends the connection, and no process',
    async run(stage) {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage
        .app()
        .message((_conn, _message, next) => {
          void next()
          throw new Error('the outer one')
        })
        .message(async (_conn, message) => {
          handled.push(message.text())
          await gate.opened
          throw new Error('the inner one')
        })
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_HANDLER')
      const { peer } = await meet(stage, app)
      peer.sendBurst(['first', 'second'])
      await stage.until(() => handled.length > 0, 'the first message is handled')
      gate.open()
      assert.equal((await peer.closed).code, 1011)
      assert.equal((await record.next('close')).info.code, 1011)
      assert.deepEqual(handled, ['first'])
    },
  },
]
