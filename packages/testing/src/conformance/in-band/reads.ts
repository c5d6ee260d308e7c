import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { CUT_BY_NETWORK, endOf, errorCodeOf, Gate } from '../support.js'

/** What `read()` answers, and what it does when the client leaves instead. */
export const reads: readonly Behaviour[] = [
  {
    name: 'read() answers text as text and binary as binary, whole',
    async run(stage) {
      const app = stage.app()
      const seen: unknown[] = []
      app.use(async (conn, next) => {
        await conn.accept()
        const text = await conn.read()
        const binary = await conn.read()
        await new Promise((resolve) => setImmediate(resolve))
        seen.push(text.kind, text.size, text.text(), binary.kind, binary.size, [...binary.bytes()])
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('früh')
      peer.send(Uint8Array.of(0, 255, 128))
      await record.next('open')
      assert.deepEqual(seen, ['text', 5, 'früh', 'binary', 3, [0, 255, 128]])
    },
  },
  {
    name: 'a message that came before it was asked for is read at once',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      let token = ''
      app.use(async (conn, next) => {
        await conn.accept()
        await gate.opened
        token = (await conn.read()).text()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('token')
      await stage.until(() => app.stats().gauges.inbox.messages === 1, 'the message is held')
      gate.open()
      await record.next('open')
      assert.equal(token, 'token')
      assert.deepEqual(app.stats().gauges.inbox, { messages: 0, bytes: 0 })
    },
  },
  {
    name: 'messages beyond those that were read are handled in order once the connection is active',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const handled: string[] = []
      app
        .use(async (conn, next) => {
          await conn.accept()
          const first = (await conn.read()).text()
          await gate.opened
          const second = (await conn.read()).text()
          handled.push(`read ${first} and ${second}`)
          return next()
        })
        .message((conn, message) => {
          handled.push(`${conn.state} ${message.text()}`)
          conn.send(message)
        })
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.sendBurst(['1', '2', '3'])
      peer.send('4')
      await stage.until(() => app.stats().gauges.inbox.messages === 3, 'three messages are held')
      gate.open()
      for (const text of ['3', '4']) assert.equal(await peer.next(), text)
      assert.deepEqual(handled, ['read 1 and 2', 'active 3', 'active 4'])
    },
  },
  ...(['cut', 'end'] as const).map(
    (way): Behaviour => ({
      name: `read() rejects with LINKSPAN_CLOSED when the client ${way === 'cut' ? 'resets' : 'ends'} its socket`,
      async run(stage) {
        const app = stage.app()
        let code: string | undefined
        app.use(async (conn, next) => {
          await conn.accept()
          code = await errorCodeOf(() => conn.read())
          return next()
        })
        const record = stage.record(app)
        const served = await stage.serve(app)
        const peer = await served.connect()
        peer[way]()
        const { info } = await record.next('close')
        assert.deepEqual(endOf(info), CUT_BY_NETWORK)
        assert.equal(code, 'LINKSPAN_CLOSED')
        assert.equal(stage.clock.pending, 0)
      },
    }),
  ),
  {
    name: "a client that closes instead of saying who it is has closed it: the peer's code, clean, and no error",
    async run(stage) {
      const app = stage.app()
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read()
        return next()
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.close(4321, 'no thanks')
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4321,
        reason: 'no thanks',
        by: 'peer',
        clean: true,
        wireCode: 4321,
      })
      assert.equal(record.of('error').length, 0)
      assert.equal(record.of('reject').length, 0)
    },
  },
  {
    name: 'a first message above maxPayload closes with 1009, and is not read',
    async run(stage) {
      const app = stage.app({ maxPayload: 1_024 })
      let code: string | undefined
      app.use(async (conn, next) => {
        await conn.accept()
        code = await errorCodeOf(() => conn.read())
        return next()
      })
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_VIOLATION')
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('x'.repeat(1_025))
      const { info } = await record.next('close')
      const wireCode = stage.supports.violationFrame ? 1009 : undefined
      assert.deepEqual(endOf(info), { code: 1009, reason: '', by: 'server', clean: false, wireCode })
      assert.equal((await peer.closed).code, wireCode)
      assert.equal(code, 'LINKSPAN_CLOSED')
      assert.equal(record.of('open').length, 0)
    },
  },
]
