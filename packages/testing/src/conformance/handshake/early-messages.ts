import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { encodeFrame, Opcode } from '../../frame.js'
import { assertAlive, endOf, Gate, only, refusalOf } from '../support.js'

/** What a client says before the connection is active: held, in order, within a bound. */
export const earlyMessages: readonly Behaviour[] = [
  {
    name: 'frames in the same packet as the upgrade are handled in order once the connection is active',
    needs: ['earlyBytes'],
    async run(stage) {
      const app = stage.app()
      const handled: string[] = []
      app.message((conn, message) => {
        handled.push(`${conn.state}: ${message.text()}`)
        conn.send(message)
      })
      const served = await stage.serve(app)
      const peer = await served.connect({ early: textFrames('one', 'two', 'three') })
      peer.send('four')
      for (const text of ['one', 'two', 'three', 'four']) assert.equal(await peer.next(), text)
      assert.deepEqual(handled, ['active: one', 'active: two', 'active: three', 'active: four'])
    },
  },
  {
    name: 'frames that come while middleware waits are handled only after the pipeline has ended',
    needs: ['earlyBytes'],
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app
        .use(async (_conn, next) => {
          await gate.opened
          log.push('pipeline ends')
          return next()
        })
        .message((conn, message) => {
          log.push(message.text())
          conn.send(message)
        })
      const served = await stage.serve(app)
      const attempt = served.attempt({ early: textFrames('one', 'two') })
      await stage.until(() => app.connections.size === 1, 'the handshake arrives')
      assert.deepEqual(log, [])
      gate.open()
      const answer = await attempt.answer
      assert.ok(answer.upgraded)
      assert.equal(await answer.peer.next(), 'one')
      assert.equal(await answer.peer.next(), 'two')
      assert.deepEqual(log, ['pipeline ends', 'one', 'two'])
    },
  },
  {
    name: 'frames of a client that is refused are never handled, and change nothing about its status',
    needs: ['earlyBytes'],
    async run(stage) {
      const app = stage.app()
      let handled = 0
      app
        .use(async (conn) => conn.reject({ status: 401 }))
        .message(() => {
          handled += 1
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      assert.equal(refusalOf(await served.answer({ early: textFrames('one') })).status, 401)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4010,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal(handled, 0)
    },
  },
  {
    name: 'messages between accept() and active are handled in order, ahead of later ones',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      app
        .use(async (conn, next) => {
          await conn.accept()
          await gate.opened
          return next()
        })
        .message((conn, message) => {
          conn.send(message)
        })
      const served = await stage.serve(app)
      const peer = await served.connect()
      peer.send('one')
      peer.sendBurst(['two', 'three'])
      await stage.until(() => app.stats().gauges.inbox.messages === 3, 'three messages are held')
      assert.equal(only(app).state, 'connecting')
      gate.open()
      peer.send('four')
      for (const text of ['one', 'two', 'three', 'four']) assert.equal(await peer.next(), text)
      assert.deepEqual(app.stats().gauges.inbox, { messages: 0, bytes: 0 })
    },
  },
  {
    name: 'past 64 KiB of early messages the socket is paused; one that cannot be is closed with 4101',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const handled: number[] = []
      app
        .use(async (conn, next) => {
          if (conn.request.path === '/other') return next()
          await conn.accept()
          await gate.opened
          return next()
        })
        .message((conn, message) => {
          if (conn.request.path === '/other') conn.send(message)
          else handled.push(message.bytes()[0] as number)
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      const count = 60
      for (let i = 0; i < count; i += 1) peer.send(new Uint8Array(16_384).fill(i))
      if (!stage.supports.pause) {
        assert.equal((await peer.closed).code, 4101)
        gate.open()
        const { info } = await record.next('close')
        assert.equal(info.code, 4101)
        assert.equal(info.by, 'server')
        assert.deepEqual(handled, [])
        return
      }
      await stage.until(() => app.stats().gauges.inbox.bytes >= 65_536, '64 KiB are held')
      const other = await served.connect({ path: '/other' })
      // Everything that is not held back has time to arrive.
      for (let i = 0; i < 32; i += 1) await assertAlive(other)
      const { bytes } = app.stats().gauges.inbox
      assert.ok(bytes < 4 * 65_536, `${bytes} of ${count * 16_384} bytes are held`)
      gate.open()
      await stage.until(() => handled.length === count, 'everything is handled')
      assert.deepEqual(
        handled,
        Array.from({ length: count }, (_, index) => index),
      )
    },
  },
]

function textFrames(...texts: readonly string[]): Uint8Array {
  return Buffer.concat(texts.map((payload) => encodeFrame({ opcode: Opcode.text, payload })))
}
