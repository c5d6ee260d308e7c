import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { fill, numbered } from '../backlog.js'
import { meet, pair } from '../pair.js'
import { assertAlive, echo, Gate, refusalOf } from '../support.js'

/** Numbers that are always there. */
export const statistics: readonly Behaviour[] = [
  {
    name: 'gauges follow a connection from state to state',
    run: async (stage) => {
      const arrived = new Gate()
      const identified = new Gate()
      const released = new Gate()
      const app = stage.app().use(async (conn, next) => {
        await arrived.opened
        conn.authenticate({ subject: 'ada' })
        await identified.opened
        conn.defer(() => released.opened)
        return next()
      })
      const gauges = () => app.stats().gauges.connections
      const none = { connecting: 0, authenticated: 0, active: 0, closing: 0 }
      assert.deepEqual(gauges(), none)
      const { answer } = (await stage.serve(app)).attempt()
      await stage.until(() => gauges().connecting === 1, 'the upgrade to arrive')
      assert.deepEqual(gauges(), { ...none, connecting: 1 })
      arrived.open()
      await stage.until(() => gauges().authenticated === 1, 'the identity to be settled')
      assert.deepEqual(gauges(), { ...none, authenticated: 1 })
      identified.open()
      await answer
      await stage.until(() => gauges().active === 1, 'the connection to be active')
      assert.deepEqual(gauges(), { ...none, active: 1 })
      const [conn] = app.connections
      conn?.close(1000)
      assert.deepEqual(gauges(), { ...none, closing: 1 })
      released.open()
      await conn?.closed
      assert.deepEqual(gauges(), none)
    },
  },
  {
    name: 'totals count connections, refusals, messages, drops and errors',
    run: async (stage) => {
      const app = stage
        .app()
        .use(async (conn, next) => (conn.request.path === '/no' ? conn.reject({ status: 403 }) : next()))
        .message((conn, message) => {
          if (message.text() === 'throw') throw new Error('as asked')
          conn.send(message)
        })
      const record = stage.record(app)
      record.expectErrors('LINKSPAN_HANDLER')
      const served = await stage.serve(app)
      refusalOf(await served.answer({ path: '/no' }))
      const one = await pair(app, served)
      const two = await pair(app, served)
      await assertAlive(one.peer)
      await assertAlive(one.peer)
      one.conn.send('three')
      app.broadcast('four and five')
      two.peer.send('throw')
      await two.conn.closed
      one.conn.close(1000)
      await one.conn.closed
      assert.deepEqual(app.stats().totals, {
        connections: 3,
        opened: 2,
        rejected: 1,
        closed: 3,
        received: 3,
        receivedBytes: 2 * 'are you there?'.length + 5,
        sent: 5,
        dropped: { in: 0, out: 0 },
        broker: { published: 0, dropped: 0, received: 0, duplicates: 0, missed: 0 },
        errors: 1,
      })
    },
  },
  {
    name: 'gauges of what waits go up with it, and back to nothing when the connection ends',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app().message(() => gate.opened)
      const { conn, peer } = await meet(stage, app)
      conn.join('a')
      conn.join('b')
      peer.sendBurst(['handled', 'waits', 'as well'])
      await stage.until(() => app.stats().totals.received === 3, 'three messages received')
      peer.pause()
      conn.send(numbered(fill(conn)))
      const { topics, inbox, outbox } = app.stats().gauges
      assert.equal(topics, 2)
      assert.deepEqual(inbox, { messages: 2, bytes: 12 })
      assert.equal(outbox.bytes, 16_384)
      gate.open()
      conn.terminate()
      await conn.closed
      const after = app.stats().gauges
      assert.equal(after.topics, 0)
      assert.deepEqual(after.inbox, { messages: 0, bytes: 0 })
      assert.equal(after.outbox.bytes, 0)
      assert.equal(after.timers, 0)
    },
  },
  {
    name: 'every number is an integer',
    run: async (stage) => {
      const app = stage.app().message(echo)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      const numbers = leaves(app.stats())
      assert.ok(numbers.length >= 18, `${numbers.length} numbers`)
      for (const number of numbers) assert.ok(Number.isSafeInteger(number), String(number))
    },
  },
]

function leaves(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value]
}
