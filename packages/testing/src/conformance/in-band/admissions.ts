import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { Gate, only } from '../support.js'

/** A client that is let in by its first message. */
export const admissions: readonly Behaviour[] = [
  {
    name: 'a client is let in by its first message, and everything after it is handled',
    async run(stage) {
      const app = stage.app()
      const states: string[] = []
      app
        .use(async (conn, next) => {
          await conn.accept()
          states.push(conn.state)
          const hello = await conn.read({ timeout: 1_000 })
          states.push(conn.state)
          conn.authenticate({ subject: hello.text().slice('I am '.length) })
          states.push(conn.state)
          return next()
        })
        .message((conn, message) => {
          states.push(conn.state)
          conn.send(`${conn.identity?.subject}: ${message.text()}`)
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('I am ada')
      await record.next('open')
      peer.send('good morning')
      assert.equal(await peer.next(), 'ada: good morning')
      assert.deepEqual(states, ['connecting', 'connecting', 'authenticated', 'active'])
      assert.deepEqual(
        record.of('transition').map(({ from, to }) => `${from} > ${to}`),
        ['connecting > authenticated', 'authenticated > active'],
      )
    },
  },
  {
    name: 'accept() answers 101 while the connection is still connecting',
    async run(stage) {
      const app = stage.app({ protocols: ['chat.v2'] })
      const gate = new Gate()
      app.use(async (conn, next) => {
        await conn.accept()
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect({ protocols: ['chat.v2'] })
      assert.equal(peer.protocol, 'chat.v2')
      assert.equal(only(app).state, 'connecting')
      assert.deepEqual(app.stats().gauges.connections, {
        connecting: 1,
        authenticated: 0,
        active: 0,
        closing: 0,
      })
      assert.equal(record.of('open').length, 0)
      gate.open()
      await record.next('open')
      assert.equal(only(app).state, 'active')
      assert.equal(only(app).identity, null)
    },
  },
  {
    name: 'what is sent before the connection is active waits, and then goes first, in order',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const results: string[] = []
      app
        .use(async (conn, next) => {
          await conn.accept()
          results.push(conn.send('one'), conn.send(Uint8Array.of(2)))
          const hello = await conn.read()
          results.push(conn.send(hello))
          await gate.opened
          return next()
        })
        .message((conn, message) => {
          conn.send(message)
        })
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.sendBurst(['three', 'four'])
      await stage.until(() => results.length === 3, 'the first message is read')
      assert.deepEqual(results, ['queued', 'queued', 'queued'])
      assert.equal(peer.received, 0)
      gate.open()
      assert.equal(await peer.next(), 'one')
      assert.deepEqual(await peer.next(), Uint8Array.of(2))
      assert.equal(await peer.next(), 'three')
      assert.equal(await peer.next(), 'four')
    },
  },
  {
    name: 'a topic that is joined before the connection is active is entered with it',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      let before = -1
      app.use(async (conn, next) => {
        await conn.accept()
        conn.join('lobby')
        conn.join('left again')
        conn.leave('left again')
        before = conn.topics.size
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      app.to('lobby').send('too early')
      assert.equal(before, 0)
      gate.open()
      await record.next('open')
      assert.deepEqual([...only(app).topics], ['lobby'])
      app.to('lobby').send('welcome')
      assert.equal(await peer.next(), 'welcome')
    },
  },
  {
    name: 'what waits to be sent before the connection is active is bounded by the outbox',
    async run(stage) {
      const app = stage.app({ outbox: { bytes: 10, overflow: 'drop-newest' } })
      const results: string[] = []
      app.use(async (conn, next) => {
        await conn.accept()
        results.push(conn.send('12345'), conn.send('67890'), conn.send('x'))
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      assert.equal(await peer.next(), '12345')
      assert.equal(await peer.next(), '67890')
      assert.deepEqual(results, ['queued', 'queued', 'dropped'])
      const [{ direction, bytes } = {}] = record.of('drop')
      assert.deepEqual({ direction, bytes }, { direction: 'out', bytes: 1 })
    },
  },
  {
    name: 'a handshake in several messages reads them one after the other',
    async run(stage) {
      const app = stage.app()
      app
        .use(async (conn, next) => {
          await conn.accept()
          const user = (await conn.read()).text()
          const key = (await conn.read()).bytes()
          conn.authenticate({ subject: `${user}/${key.join('.')}` })
          return next()
        })
        .message((conn, message) => {
          conn.send(`${conn.identity?.subject}: ${message.text()}`)
        })
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('ada')
      peer.send(Uint8Array.of(1, 2, 3))
      peer.send('hello')
      assert.equal(await peer.next(), 'ada/1.2.3: hello')
    },
  },
]
