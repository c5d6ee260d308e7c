import assert from 'node:assert/strict'
import type { ConnectionQuery } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, endOf, errorCodeOf, Gate, refusalOf } from '../support.js'
import { cast, named } from './cast.js'

/** Ending whoever was found. */
export const disconnects: readonly Behaviour[] = [
  {
    name: 'disconnect() closes one connection with 4000, and answers 1 when it is closed',
    run: async (stage) => {
      const app = named(stage)
      const record = stage.record(app)
      const { ada, bob } = await cast(stage, app)
      assert.equal(await app.disconnect(ada.conn), 1)
      assert.equal(ada.conn.state, 'closed')
      assert.equal((await ada.peer.closed).code, 4000)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4000,
        reason: info.reason,
        by: 'server',
        clean: true,
        wireCode: 4000,
      })
      assert.equal(app.connections.size, 3)
      await assertAlive(bob.peer)
    },
  },
  {
    name: 'disconnect() closes everybody whom a query finds, with the code and reason given',
    run: async (stage) => {
      const queries: readonly ConnectionQuery[] = [
        { subject: 'ada' },
        { tenant: 'acme' },
        { topic: 'lobby' },
        { subject: 'ada', tenant: 'globex' },
      ]
      for (const query of queries) {
        const app = named(stage)
        const { ada, ada2, bob, nobody } = await cast(stage, app)
        ada2.conn.join('lobby')
        nobody.conn.join('lobby')
        const found = app.connections.by(query).map((conn) => conn.id)
        const count = await app.disconnect(query, { code: 4001, reason: 'revoked' })
        assert.equal(count, found.length)
        for (const { conn, peer } of [ada, ada2, bob, nobody]) {
          if (!found.includes(conn.id)) await assertAlive(peer)
          else assert.deepEqual(await peer.closed, { code: 4001, reason: 'revoked' })
        }
      }
    },
  },
  {
    name: 'disconnect() by address ends whoever came from there',
    run: async (stage) => {
      const app = named(stage)
      const { ada } = await cast(stage, app)
      assert.equal(await app.disconnect({ address: '203.0.113.9' }), 0)
      assert.equal(await app.disconnect({ address: ada.conn.request.address }), 4)
      assert.equal(app.connections.size, 0)
    },
  },
  {
    name: 'disconnect() waits for what is to be released',
    run: async (stage) => {
      const gate = new Gate()
      const app = named(stage)
      const { ada } = await cast(stage, app)
      ada.conn.defer(() => gate.opened)
      let count: number | undefined
      const done = app.disconnect({ subject: 'ada' }).then((answer) => {
        count = answer
      })
      await ada.peer.closed
      await stage.until(() => app.connections.size === 3, 'the other one to be closed')
      await stage.clock.advance(0)
      assert.equal(count, undefined)
      gate.open()
      await done
      assert.equal(count, 2)
    },
  },
  {
    name: 'disconnect() with a code that must not be sent rejects, and closes nobody',
    run: async (stage) => {
      const app = named(stage)
      const { ada } = await cast(stage, app)
      for (const code of [1005, 1006, 1015, 999, 9999]) {
        assert.equal(
          await errorCodeOf(() => app.disconnect({ subject: 'ada' }, { code })),
          'LINKSPAN_CLOSE_CODE',
        )
      }
      await assertAlive(ada.peer)
    },
  },
  {
    name: 'disconnect() refuses whoever is still in the handshake',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app().use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      const { answer } = (await stage.serve(app)).attempt()
      await stage.until(
        () => app.connections.by({ subject: 'ada' }).length === 1,
        'the subject to be settled',
      )
      const disconnected = app.disconnect({ subject: 'ada' }, { code: 4001 })
      refusalOf(await answer)
      gate.open()
      assert.equal(await disconnected, 1)
      const { info } = await record.next('close')
      assert.equal(info.code, 4001)
      assert.equal(info.by, 'server')
      assert.deepEqual(record.of('open'), [])
    },
  },
]
