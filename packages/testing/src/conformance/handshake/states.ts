import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import type { Recorder } from '../../recorder.js'
import { assertAlive, echo, Gate, only, refusalOf } from '../support.js'

/** The order of states and events, and what is true in each. */
export const states: readonly Behaviour[] = [
  {
    name: 'a life goes connecting, authenticated, active, closing, closed, and tells each step once',
    async run(stage) {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(transitionsOf(record), [
        'connecting > authenticated',
        'authenticated > active',
        'active > closing',
        'closing > closed',
      ])
      assert.deepEqual(
        record.all.map(({ event }) => event),
        ['transition', 'transition', 'open', 'transition', 'transition', 'close'],
      )
    },
  },
  {
    name: 'a refused handshake goes from connecting through closing to closed',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn) => conn.reject({ status: 403 }))
      const record = stage.record(app)
      const served = await stage.serve(app)
      refusalOf(await served.answer())
      await record.next('close')
      assert.deepEqual(transitionsOf(record), ['connecting > closing', 'closing > closed'])
      assert.equal(record.of('open').length, 0)
    },
  },
  {
    name: 'a handshake refused after it authenticated goes from authenticated through closing to closed',
    async run(stage) {
      const app = stage.app()
      app.use(async (conn) => {
        conn.authenticate({ subject: 'ada' })
        return conn.reject({ status: 403 })
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      refusalOf(await served.answer())
      await record.next('close')
      assert.deepEqual(transitionsOf(record), [
        'connecting > authenticated',
        'authenticated > closing',
        'closing > closed',
      ])
    },
  },
  {
    name: 'the state is the right one wherever it is looked at',
    async run(stage) {
      const app = stage.app()
      const seen: string[] = []
      app
        .use(async (conn, next) => {
          seen.push(`before: ${conn.state}`)
          conn.defer(() => {
            seen.push(`release: ${conn.state}`)
          })
          conn.authenticate({ subject: 'ada' })
          seen.push(`authenticated: ${conn.state}`)
          const end = await next()
          seen.push(`after: ${conn.state}`)
          return end
        })
        .message((conn) => {
          seen.push(`handler: ${conn.state}`)
          conn.close()
          seen.push(`closed by it: ${conn.state}`)
        })
        .on('open', (conn) => seen.push(`open: ${conn.state}`))
        .on('close', (conn) => seen.push(`close: ${conn.state}`))
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      const conn = only(app)
      peer.send('go')
      await record.next('close')
      await conn.closed
      assert.deepEqual(seen, [
        'before: connecting',
        'authenticated: authenticated',
        'open: active',
        'handler: active',
        'closed by it: closing',
        'after: closing',
        'release: closing',
        'close: closed',
      ])
    },
  },
  {
    name: 'an anonymous connection stays connecting until the pipeline ends',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const seen: string[] = []
      app.use(async (conn, next) => {
        await gate.opened
        seen.push(conn.state)
        return next()
      })
      app.on('transition', (_conn, { from, to }) => seen.push(`${from} > ${to}`))
      const served = await stage.serve(app)
      const attempt = served.attempt()
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      assert.deepEqual(seen, [])
      gate.open()
      assert.ok((await attempt.answer).upgraded)
      assert.deepEqual(seen, ['connecting', 'connecting > authenticated', 'authenticated > active'])
    },
  },
  {
    name: 'nobody is let in before the pipeline has ended',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app
        .use(async (_conn, next) => {
          await gate.opened
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const attempt = served.attempt()
      let answered = false
      void attempt.answer.then(() => {
        answered = true
      })
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      // Another connection's whole handshake would have time to be answered: it waits at the same gate.
      const other = served.attempt()
      await stage.until(() => app.connections.size === 2, 'another handshake arrives')
      assert.equal(answered, false)
      assert.equal(record.of('open').length, 0)
      assert.deepEqual(app.stats().gauges.connections, {
        connecting: 2,
        authenticated: 0,
        active: 0,
        closing: 0,
      })
      gate.open()
      for (const { answer } of [attempt, other]) {
        const reply = await answer
        assert.ok(reply.upgraded)
        await assertAlive(reply.peer)
      }
      assert.equal(record.of('open').length, 2)
      assert.deepEqual(app.stats().gauges.connections, {
        connecting: 0,
        authenticated: 0,
        active: 2,
        closing: 0,
      })
    },
  },
  {
    name: 'a connection can be found from the arrival of its handshake until it is closed',
    async run(stage) {
      const app = stage.app()
      const found: boolean[] = []
      app.use(async (conn, next) => {
        found.push(app.connections.get(conn.id) === conn)
        const end = await next()
        found.push(app.connections.get(conn.id) === conn)
        return end
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      const { id } = only(app)
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(found, [true, true])
      assert.equal(app.connections.get(id), undefined)
      assert.equal(app.connections.size, 0)
    },
  },
  {
    name: 'no two connections have the same id, and no client chooses its own',
    async run(stage) {
      const app = stage.app()
      const record = stage.record(app)
      const served = await stage.serve(app)
      const wish = {
        path: '/?id=chosen&sid=chosen',
        headers: { 'x-request-id': 'chosen', 'x-connection-id': 'chosen' },
      }
      await Promise.all(Array.from({ length: 16 }, () => served.connect(wish)))
      const ids = record.of('open').map(({ id }) => id)
      assert.equal(ids.length, 16)
      assert.equal(new Set(ids).size, 16)
      for (const id of ids) assert.ok(id !== '' && !id.includes('chosen'), id)
      assert.deepEqual([...app.connections].map(({ id }) => id).sort(), [...ids].sort())
    },
  },
]

function transitionsOf(record: Recorder): string[] {
  return record.of('transition').map(({ from, to }) => `${from} > ${to}`)
}
