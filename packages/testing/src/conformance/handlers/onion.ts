import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { echo, Gate } from '../support.js'

/** Message middleware around the handler. */
export const onion: readonly Behaviour[] = [
  {
    name: 'message middleware wraps what was added after it',
    run: async (stage) => {
      const log: string[] = []
      const app = stage
        .app()
        .message(async (_conn, _message, next) => {
          log.push('outer in')
          await next()
          log.push('outer out')
        })
        .message(async (_conn, _message, next) => {
          log.push('inner in')
          await next()
          log.push('inner out')
        })
        .message((_conn, message) => {
          log.push(message.text())
        })
      const { peer } = await meet(stage, app)
      peer.send('handled')
      await stage.until(() => log.length === 5, 'the message handled')
      assert.deepEqual(log, ['outer in', 'inner in', 'handled', 'inner out', 'outer out'])
    },
  },
  {
    name: 'a message that a middleware does not pass on goes no further',
    run: async (stage) => {
      const app = stage
        .app()
        .message((_conn, message, next) => (message.text().startsWith('#') ? undefined : next()))
        .message(echo)
      const { peer } = await meet(stage, app)
      peer.sendBurst(['# a comment', 'a word'])
      assert.equal(await peer.next(), 'a word')
      assert.equal(peer.received, 0)
    },
  },
  {
    name: 'the next message waits for a handler that its middleware did not wait for',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage
        .app()
        .message(async (_conn, _message, next) => {
          void next()
          await undefined
          log.push('passed on')
        })
        .message(async (_conn, message) => {
          log.push(`${message.text()} begins`)
          await gate.opened
          log.push(`${message.text()} ends`)
        })
      const { peer } = await meet(stage, app)
      peer.sendBurst(['1', '2'])
      await stage.until(() => log.includes('passed on'), 'the middleware to be done with the first message')
      await stage.until(() => app.stats().totals.received === 2, 'two messages received')
      assert.deepEqual(log, ['1 begins', 'passed on'])
      gate.open()
      await stage.until(() => log.includes('2 ends'), 'two messages handled')
      assert.equal(log[2], '1 ends')
    },
  },
  {
    name: 'a handler that throws is seen by the middleware around it, which may swallow it',
    run: async (stage) => {
      const app = stage
        .app()
        .message(async (conn, _message, next) => {
          try {
            await next()
          } catch (thrown) {
            conn.send(`caught: ${(thrown as Error).message}`)
          }
        })
        .message((_conn, message) => {
          throw new Error(message.text())
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('oh dear')
      assert.equal(await peer.next(), 'caught: oh dear')
      peer.send('again')
      assert.equal(await peer.next(), 'caught: again')
      assert.deepEqual(record.of('error'), [])
    },
  },
  {
    name: 'next() called twice for one message is an error, and closes with 1011',
    run: async (stage) => {
      let handled = 0
      const app = stage
        .app()
        .message(async (_conn, _message, next) => {
          await next()
          await next()
        })
        .message(() => {
          handled += 1
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('once')
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_TWICE')
      assert.equal((await record.next('close')).info.code, 1011)
      assert.equal(handled, 1)
    },
  },
]
