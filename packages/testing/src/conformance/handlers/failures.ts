import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { assertAlive, endOf, Gate, only } from '../support.js'

const failing = {
  throws: () => {
    throw new Error('the inside of our house')
  },
  rejects: () => Promise.reject(new Error('the inside of our house')),
}

/** What a handler that fails does to its connection, and to no other. */
export const failures: readonly Behaviour[] = [
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
    name: 'a handler that throws after the peer has left is an error, and changes nothing about why it ended',
    run: async (stage) => {
      const gate = new Gate()
      const seen: string[] = []
      const app = stage.app().message(async (_conn, message) => {
        seen.push(message.text())
        await gate.opened
        throw new Error('too late to matter')
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.sendBurst(['1', '2', '3'])
      peer.close(4000, 'bye')
      await stage.until(() => conn.state === 'closing', 'the connection to close')
      gate.open()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), { code: 4000, reason: 'bye', by: 'peer', clean: true, wireCode: 4000 })
      assert.deepEqual(seen, ['1'])
      assert.equal(app.stats().totals.dropped.in, 2)
      assert.deepEqual(
        record.of('error').map(({ error }) => error.code),
        ['LINKSPAN_HANDLER'],
      )
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
