import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { endOf } from '../support.js'

/** Ends that do not wait for the peer, or not for long. */
export const deadlines: readonly Behaviour[] = [
  {
    name: 'terminate() cuts the socket: 1006 by server, not clean, and no close frame',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      conn.terminate()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1006,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal((await peer.closed).code, undefined)
    },
  },
  {
    name: 'a peer that never answers our close frame is gone after closeTimeout, 5 s by default',
    needs: ['closeAnswer'],
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersClose = false
      conn.close(4000, 'go')
      await stage.clock.advance(4_999)
      assert.equal(conn.state, 'closing')
      await stage.clock.advance(1)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4000,
        reason: 'go',
        by: 'server',
        clean: false,
        wireCode: 4000,
      })
      assert.equal(info.duration, 5_000)
      assert.deepEqual(await peer.closed, { code: 4000, reason: 'go' })
    },
  },
  {
    name: 'a peer that answers our close frame by cutting the socket did not close cleanly',
    needs: ['closeAnswer'],
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.answersClose = false
      conn.close(4000, 'go')
      peer.cut()
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 4000,
        reason: 'go',
        by: 'server',
        clean: false,
        wireCode: 4000,
      })
    },
  },
  {
    name: 'a connection that closed has left nothing behind: no timer, no topic, no entry',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.join('lobby')
      conn.close(1000)
      await record.next('close')
      assert.equal(app.connections.size, 0)
      assert.equal(app.connections.get(conn.id), undefined)
      assert.deepEqual(app.stats().gauges, {
        connections: { connecting: 0, authenticated: 0, active: 0, closing: 0 },
        timers: 0,
        topics: 0,
        inbox: { messages: 0, bytes: 0 },
        outbox: { bytes: 0 },
        draining: 0,
        broker: { channels: 0, bytes: 0, lag: 0, nodes: 0 },
      })
    },
  },
]
