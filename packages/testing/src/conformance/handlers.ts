import assert from 'node:assert/strict'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet, pair } from './pair.js'
import { assertAlive, echo, endOf, Gate, only } from './support.js'

/** How messages reach handlers: one at a time, in order, and through every message middleware. */
export const chapter: Chapter = {
  title: 'handlers',
  behaviours: [...order(), ...onion(), ...failures()],
}

function order(): Behaviour[] {
  return [
    {
      name: 'an asynchronous handler has one message at a time, in the order of their arrival',
      run: async (stage) => {
        const gates = [new Gate(), new Gate(), new Gate()]
        const log: string[] = []
        const app = stage.app().message(async (_conn, message) => {
          const text = message.text()
          log.push(`${text} begins`)
          await gates[Number(text)]?.opened
          log.push(`${text} ends`)
        })
        const { peer } = await meet(stage, app)
        peer.sendBurst(['0', '1', '2'])
        await stage.until(() => app.stats().totals.received === 3, 'three messages received')
        assert.deepEqual(log, ['0 begins'])
        gates[2]?.open()
        gates[1]?.open()
        await stage.until(() => app.stats().gauges.inbox.messages === 2, 'two messages waiting')
        assert.deepEqual(log, ['0 begins'])
        gates[0]?.open()
        await stage.until(() => log.length === 6, 'three messages handled')
        assert.deepEqual(log, ['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends'])
      },
    },
    {
      name: 'a burst of a hundred messages in one packet is handled in order',
      run: async (stage) => {
        const { peer } = await meet(stage, stage.app().message(echo))
        const burst = Array.from({ length: 100 }, (_, i) => `number ${i}`)
        peer.sendBurst(burst)
        for (const text of burst) assert.equal(await peer.next(), text)
      },
    },
    {
      name: 'messages handled at once and messages that take time keep their order',
      run: async (stage) => {
        const gate = new Gate()
        const log: string[] = []
        const app = stage.app().message((_conn, message) => {
          const text = message.text()
          if (text !== 'slow') {
            log.push(text)
            return
          }
          return gate.opened.then(() => void log.push(text))
        })
        const { peer } = await meet(stage, app)
        peer.sendBurst(['quick', 'slow', 'quicker', 'quickest'])
        await stage.until(() => app.stats().totals.received === 4, 'four messages received')
        assert.deepEqual(log, ['quick'])
        gate.open()
        await stage.until(() => log.length === 4, 'four messages handled')
        assert.deepEqual(log, ['quick', 'slow', 'quicker', 'quickest'])
      },
    },
    {
      name: 'a handler that takes its time holds up no other connection',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app().message(async (conn, message) => {
          if (conn.request.path === '/slow') await gate.opened
          conn.send(message)
        })
        const served = await stage.serve(app)
        const slow = await pair(app, served, { path: '/slow' })
        const quick = await pair(app, served, { path: '/quick' })
        slow.peer.send('wait for me')
        await stage.until(() => app.stats().totals.received === 1, 'the slow message received')
        for (let i = 0; i < 10; i += 1) await assertAlive(quick.peer)
        gate.open()
        assert.equal(await slow.peer.next(), 'wait for me')
      },
    },
    {
      name: 'no handler sees a message before the connection is active',
      run: async (stage) => {
        const gate = new Gate()
        const seen: string[] = []
        const app = stage
          .app()
          .use(async (conn, next) => {
            await conn.accept()
            await gate.opened
            return next()
          })
          .message((conn, message) => {
            seen.push(`${message.text()} while ${conn.state}`)
          })
        const peer = await (await stage.serve(app)).connect()
        peer.sendBurst(['a', 'b'])
        await stage.until(() => app.stats().totals.received === 2, 'two messages received')
        assert.deepEqual(seen, [])
        gate.open()
        await stage.until(() => seen.length === 2, 'two messages handled')
        assert.deepEqual(seen, ['a while active', 'b while active'])
      },
    },
    {
      name: 'an application without a handler takes messages and keeps its connections',
      run: async (stage) => {
        const app = stage.app()
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        peer.sendBurst(['nobody', Uint8Array.of(1), 'listens'])
        await stage.until(() => app.stats().totals.received === 3, 'three messages received')
        assert.equal(conn.state, 'active')
        assert.deepEqual(record.of('drop'), [])
        peer.close(1000)
        assert.equal((await record.next('close')).info.code, 1000)
        assert.deepEqual(record.of('error'), [])
      },
    },
  ]
}

function onion(): Behaviour[] {
  return [
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
}

function failures(): Behaviour[] {
  const failing = {
    throws: () => {
      throw new Error('the inside of our house')
    },
    rejects: () => Promise.reject(new Error('the inside of our house')),
  }
  return [
    ...Object.entries(failing).map(
      ([fails, handler]): Behaviour => ({
        name: `a handler that ${fails} is an error event and close 1011, and tells the peer nothing`,
        run: async (stage) => {
          const app = stage.app().message(handler)
          const record = stage.record(app)
          const { conn, peer } = await meet(stage, app)
          peer.send('go')
          const { error, id } = await record.next('error')
          assert.equal(error.code, 'LINKSPAN_HANDLER')
          assert.equal((error.cause as Error).message, 'the inside of our house')
          assert.equal(id, conn.id)
          const { info } = await record.next('close')
          assert.deepEqual(endOf(info), {
            code: 1011,
            reason: info.reason,
            by: 'server',
            clean: true,
            wireCode: 1011,
          })
          const seen = await peer.closed
          assert.deepEqual(seen, { code: 1011, reason: info.reason })
          assert.equal(/inside|house/.test(seen.reason), false)
          assert.equal(record.of('error').length, 1)
        },
      }),
    ),
    {
      name: 'after a handler that throws no further message is handled',
      run: async (stage) => {
        const seen: string[] = []
        const app = stage.app().message((_conn, message) => {
          seen.push(message.text())
          throw new Error('at the first')
        })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.sendBurst(['1', '2', '3'])
        assert.equal((await record.next('close')).info.code, 1011)
        assert.deepEqual(seen, ['1'])
        assert.equal(record.of('error').length, 1)
      },
    },
    {
      name: 'a handler that throws closes its own connection only',
      run: async (stage) => {
        const app = stage.app().message((conn, message) => {
          if (conn.request.path === '/bad') throw new Error('only here')
          conn.send(message)
        })
        const record = stage.record(app)
        const served = await stage.serve(app)
        const bad = await pair(app, served, { path: '/bad' })
        const good = await pair(app, served, { path: '/good' })
        record.expectErrors('LINKSPAN_HANDLER')
        bad.peer.send('go')
        assert.equal((await record.next('close')).id, bad.conn.id)
        await assertAlive(good.peer)
        assert.equal(only(app).id, good.conn.id)
      },
    },
  ]
}
