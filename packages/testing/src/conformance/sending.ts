import assert from 'node:assert/strict'
import type { Connection, Message, SendResult } from '@linkspan/core'
import type { Behaviour, Chapter } from '../behaviour.js'
import { meet } from './pair.js'
import { assertAlive, echo, endOf, errorCodeOf, refusalOf } from './support.js'

/** What can be sent, and when. */
export const chapter: Chapter = {
  title: 'sending',
  behaviours: [...payloads(), ...beforeActive(), ...afterwards()],
}

function payloads(): Behaviour[] {
  return [
    {
      name: 'a string travels as text; a Uint8Array and an ArrayBuffer travel as binary',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app())
        conn.send('')
        conn.send('text, čaj')
        conn.send(Uint8Array.of(1, 2, 3))
        conn.send(Uint8Array.of(4, 5).buffer)
        conn.send(new Uint8Array(0))
        assert.equal(await peer.next(), '')
        assert.equal(await peer.next(), 'text, čaj')
        for (const bytes of [[1, 2, 3], [4, 5], []]) {
          const message = await peer.next()
          assert.notEqual(typeof message, 'string')
          assert.deepEqual([...message], bytes)
        }
      },
    },
    {
      name: 'of a view into a larger buffer only the view is sent',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app())
        conn.send(Uint8Array.of(0, 1, 2, 3, 4, 5).subarray(2, 4))
        assert.deepEqual([...(await peer.next())], [2, 3])
      },
    },
    {
      name: 'a lone surrogate travels as U+FFFD, for text on the wire is UTF-8',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app())
        conn.send('a\ud800b')
        assert.equal(await peer.next(), 'a\ufffdb')
      },
    },
    {
      name: 'a message of one connection can be sent to another, later',
      run: async (stage) => {
        let kept: Message | undefined
        const app = stage.app().message((_conn, message) => {
          kept = message
        })
        const served = await stage.serve(app)
        const from = await served.connect({ path: '/from' })
        const to = await served.connect({ path: '/to' })
        from.send(Uint8Array.of(0xff, 0x01))
        await stage.until(() => kept !== undefined, 'the message handled')
        for (const conn of app.connections) {
          if (conn.request.path === '/to' && kept !== undefined) conn.send(kept)
        }
        assert.deepEqual([...(await to.next())], [0xff, 0x01])
      },
    },
    {
      name: 'what is no message throws LINKSPAN_MESSAGE, and nothing is sent',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app().message(echo))
        const send = conn.send.bind(conn) as (data: unknown) => SendResult
        for (const data of [undefined, null, 42, {}, ['a'], new Date(0)]) {
          assert.equal(await errorCodeOf(() => send(data)), 'LINKSPAN_MESSAGE')
        }
        await assertAlive(peer)
      },
    },
  ]
}

function beforeActive(): Behaviour[] {
  return [
    {
      name: 'what is sent before the connection is active is queued, and goes first, in order',
      run: async (stage) => {
        const results: SendResult[] = []
        const app = stage
          .app()
          .use(async (conn, next) => {
            results.push(conn.send('first'))
            conn.authenticate({ subject: 'ada' })
            results.push(conn.send(Uint8Array.of(2)))
            return next()
          })
          .on('open', (conn) => void results.push(conn.send('third')))
        const { conn, peer } = await meet(stage, app)
        conn.send('fourth')
        assert.deepEqual(results.slice(0, 2), ['queued', 'queued'])
        assert.equal(await peer.next(), 'first')
        assert.deepEqual([...(await peer.next())], [2])
        assert.equal(await peer.next(), 'third')
        assert.equal(await peer.next(), 'fourth')
      },
    },
    {
      name: 'what waits for the connection to become active is bounded by the outbox',
      run: async (stage) => {
        const results: SendResult[] = []
        const app = stage.app({ outbox: { bytes: 10, overflow: 'drop-oldest' } }).use(async (conn, next) => {
          for (const text of ['one', 'two', 'three', 'four']) results.push(conn.send(text))
          assert.equal(conn.bufferedAmount, 9)
          return next()
        })
        const { peer } = await meet(stage, app)
        assert.deepEqual(results, ['queued', 'queued', 'queued', 'queued'])
        assert.equal(await peer.next(), 'three')
        assert.equal(await peer.next(), 'four')
        assert.equal(app.stats().totals.dropped.out, 2)
      },
    },
    {
      name: 'a connection that overflows its outbox before it is active is refused, with 4100',
      run: async (stage) => {
        const results: SendResult[] = []
        const app = stage.app({ outbox: { bytes: 4 } }).use(async (conn, next) => {
          for (const text of ['one', 'two', 'three']) results.push(conn.send(text))
          return next()
        })
        const record = stage.record(app)
        refusalOf(await (await stage.serve(app)).answer())
        assert.deepEqual(results, ['queued', 'dropped', 'closed'])
        const { info } = await record.next('close')
        const { reason } = info
        assert.deepEqual(endOf(info), { code: 4100, reason, by: 'server', clean: false, wireCode: undefined })
        assert.equal(app.stats().gauges.outbox.bytes, 0)
      },
    },
  ]
}

function afterwards(): Behaviour[] {
  return [
    {
      name: 'what was sent before the close arrives before the close frame',
      run: async (stage) => {
        const { conn, peer } = await meet(stage, stage.app())
        for (let i = 0; i < 10; i += 1) conn.send(`${i}`)
        conn.close(4000)
        for (let i = 0; i < 10; i += 1) assert.equal(await peer.next(), `${i}`)
        assert.equal((await peer.closed).code, 4000)
      },
    },
    {
      name: 'after closing began, a send answers closed, and nothing travels',
      run: async (stage) => {
        const results: SendResult[] = []
        const app = stage.app().use(async (conn, next) => {
          conn.defer(() => void results.push(conn.send('from a defer')))
          const end = await next()
          results.push(conn.send('from a middleware'))
          return end
        })
        const record = stage.record(app)
        const { conn, peer } = await meet(stage, app)
        conn.close(1000)
        results.push(conn.send('late'), conn.send(Uint8Array.of(1)))
        await record.next('close')
        results.push(conn.send('too late'))
        assert.deepEqual(results, Array(5).fill('closed'))
        await peer.closed
        assert.equal(peer.received, 0)
      },
    },
    {
      name: 'a message that came in cannot be sent back on a connection that is gone: closed, and no harm done',
      run: async (stage) => {
        const results: SendResult[] = []
        let last: Connection<unknown> | undefined
        const app = stage.app().message(async (conn, message) => {
          last = conn
          await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
          results.push(conn.send(message))
        })
        const record = stage.record(app)
        const { peer } = await meet(stage, app)
        peer.send('answer me')
        await stage.until(() => last !== undefined, 'the handler to begin')
        peer.cut()
        await record.next('close')
        assert.deepEqual(results, ['closed'])
        assert.deepEqual(record.of('error'), [])
      },
    },
  ]
}
