import assert from 'node:assert/strict'
import type { LinkspanOptions } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { pair } from '../pair.js'
import { assertAlive, Gate } from '../support.js'
import { LONG, MANY } from './much.js'

/** How much may wait. */
export const bounds: readonly Behaviour[] = [
  bounded('past inbox.messages', { inbox: { messages: 4 } }),
  bounded('past inbox.bytes', { inbox: { bytes: 65_536 } }),
]

function bounded(past: string, options: LinkspanOptions): Behaviour {
  return {
    name: `${past} reading stops until there is room, or the connection closes with 4101 where it cannot`,
    run: async (stage) => {
      const gate = new Gate()
      const handled: number[] = []
      const app = stage.app(options).message(async (conn, message) => {
        if (conn.request.path === '/neighbour') return void conn.send(message)
        handled.push(Number.parseInt(message.text(), 10))
        await gate.opened
      })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const neighbour = await pair(app, served, { path: '/neighbour' })
      const { conn, peer } = await pair(app, served)
      for (let i = 0; i < MANY; i += 1) peer.send(`${i}:`.padEnd(LONG))
      if (stage.supports.pause) {
        await stage.until(() => app.stats().gauges.inbox.messages >= 4, 'the inbox to fill')
        for (let i = 0; i < 50; i += 1) await assertAlive(neighbour.peer)
        // What was read before the pause took hold may be there as well: a chunk of the socket, not megabytes.
        assert.ok(app.stats().gauges.inbox.bytes < 1_048_576, 'reading went on past the bound')
        assert.deepEqual(handled, [0])
        assert.equal(conn.state, 'active')
        gate.open()
        await stage.until(() => handled.length === MANY, 'every message handled')
        assert.deepEqual(
          handled,
          Array.from({ length: MANY }, (_, i) => i),
        )
        assert.deepEqual(record.of('drop'), [])
      } else {
        await stage.until(() => conn.state === 'closing', 'the connection to close')
        await assertAlive(neighbour.peer)
        gate.open()
        const { info } = await record.next('close')
        assert.equal(info.code, 4101)
        assert.equal(info.by, 'server')
        assert.equal(info.wireCode, 4101)
        assert.deepEqual(handled, [0])
      }
      assert.deepEqual(app.stats().gauges.inbox, { messages: 0, bytes: 0 })
    },
  }
}
