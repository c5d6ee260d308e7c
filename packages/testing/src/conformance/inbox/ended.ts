import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { CUT_BY_NETWORK, endOf, Gate } from '../support.js'
import { LONG, MANY } from './much.js'

/** What becomes of what waits when the connection ends. */
export const ended: readonly Behaviour[] = [
  {
    name: 'what still waits when we close is dropped, and every drop is told and counted',
    run: async (stage) => {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage.app().message(async (_conn, message) => {
        handled.push(message.text())
        await gate.opened
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['one', 'three', 'fifteen'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      conn.close(1000)
      gate.open()
      await record.next('close')
      assert.deepEqual(handled, ['one'])
      const drops = record.of('drop').map(({ id, direction, bytes }) => ({ id, direction, bytes }))
      assert.deepEqual(drops, [
        { id: conn.id, direction: 'in', bytes: 5 },
        { id: conn.id, direction: 'in', bytes: 7 },
      ])
      assert.equal(app.stats().totals.dropped.in, 2)
      assert.deepEqual(app.stats().gauges.inbox, { messages: 0, bytes: 0 })
    },
  },
  {
    name: 'a message that arrives after we closed is dropped and counted',
    needs: ['closeAnswer'],
    run: async (stage) => {
      let handled = 0
      const app = stage.app().message(() => {
        handled += 1
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersClose = false
      conn.close(4000)
      peer.send('late')
      const { id, direction, bytes } = await record.next('drop')
      assert.deepEqual({ id, direction, bytes }, { id: conn.id, direction: 'in', bytes: 4 })
      assert.equal(app.stats().totals.dropped.in, 1)
      assert.equal(handled, 0)
    },
  },
  {
    name: 'a close while reading is paused is answered: what the peer still says is read, and dropped',
    needs: ['pause', 'closeAnswer'],
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app({ inbox: { messages: 2 } }).message(() => gate.opened)
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      for (let i = 0; i < MANY; i += 1) peer.send(`${i}:`.padEnd(LONG))
      await stage.until(() => app.stats().gauges.inbox.messages >= 2, 'the inbox to fill')
      conn.close(4000, 'enough')
      assert.deepEqual(await peer.closed, { code: 4000, reason: 'enough' })
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4000,
        reason: 'enough',
        by: 'server',
        clean: true,
        wireCode: 4000,
      })
      const { received, dropped } = app.stats().totals
      assert.deepEqual({ received, dropped: dropped.in }, { received: MANY, dropped: MANY - 1 })
    },
  },
  {
    name: 'what the peer said before it closed is still handled, in order',
    run: async (stage) => {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage.app().message(async (conn, message) => {
        await gate.opened
        handled.push(`${message.text()} while ${conn.state}`)
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two', 'three'])
      peer.close(4123, 'that was all')
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(handled, ['one while closing', 'two while closing', 'three while closing'])
      assert.deepEqual(endOf(info), {
        code: 4123,
        reason: 'that was all',
        by: 'peer',
        clean: true,
        wireCode: 4123,
      })
      assert.deepEqual(record.of('drop'), [])
    },
  },
  {
    name: 'what had arrived before the network broke is still handled, in order',
    run: async (stage) => {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage.app().message(async (_conn, message) => {
        await gate.opened
        handled.push(message.text())
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two', 'three'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      peer.cut()
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      gate.open()
      assert.deepEqual(endOf((await record.next('close')).info), CUT_BY_NETWORK)
      assert.deepEqual(handled, ['one', 'two', 'three'])
    },
  },
  {
    name: 'what the peer said before it closed is dropped once closeTimeout is over',
    run: async (stage) => {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage.app({ closeTimeout: 2_000 }).message(async (_conn, message) => {
        handled.push(message.text())
        await gate.opened
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two', 'three'])
      peer.close(1000)
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      await stage.clock.advance(1_999)
      assert.deepEqual(record.of('drop'), [])
      await stage.clock.advance(1)
      assert.equal(record.of('drop').length, 2)
      gate.open()
      assert.equal((await record.next('close')).info.code, 1000)
      assert.deepEqual(handled, ['one'])
      assert.equal(app.stats().totals.dropped.in, 2)
    },
  },
  {
    name: 'a peer that broke the protocol is not heard any more: what waits is dropped',
    run: async (stage) => {
      const gate = new Gate()
      const handled: string[] = []
      const app = stage.app().message(async (_conn, message) => {
        handled.push(message.text())
        await gate.opened
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['one', 'two'])
      record.expectErrors('LINKSPAN_VIOLATION')
      peer.sendText(Uint8Array.of(0xff))
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      gate.open()
      assert.equal((await record.next('close')).info.code, 1007)
      assert.deepEqual(handled, ['one'])
      assert.equal(app.stats().totals.dropped.in, 1)
    },
  },
  {
    name: 'a handler learns through signal that its peer is gone',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().message(async (conn) => {
        log.push(`aborted: ${conn.signal.aborted}`)
        await new Promise<void>((resolve) => conn.signal.addEventListener('abort', () => resolve()))
        log.push(`aborted: ${conn.signal.aborted}`)
      })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('work on this')
      await stage.until(() => log.length === 1, 'the handler to begin')
      peer.cut()
      await record.next('close')
      assert.deepEqual(log, ['aborted: false', 'aborted: true'])
    },
  },
]
