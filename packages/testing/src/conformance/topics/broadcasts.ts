import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pair } from '../pair.js'
import { errorCodeOf, Gate } from '../support.js'
import { gotBefore, trio } from './trio.js'

/** Sends to everybody. */
export const broadcasts: readonly Behaviour[] = [
  {
    name: 'broadcast reaches everybody with text, bytes, a buffer or a message',
    run: async (stage) => {
      const app = stage.app().message((_conn, message) => app.broadcast(message))
      const [ada, bob, eve] = await trio(stage, app)
      app.broadcast('text')
      app.broadcast(Uint8Array.of(1, 2))
      app.broadcast(Uint8Array.of(3).buffer)
      ada.peer.send('from ada')
      for (const { peer } of [ada, bob, eve]) {
        assert.equal(await peer.next(), 'text')
        assert.deepEqual([...(await peer.next())], [1, 2])
        assert.deepEqual([...(await peer.next())], [3])
        assert.equal(await peer.next(), 'from ada')
      }
    },
  },
  {
    name: 'what is no message throws LINKSPAN_MESSAGE in broadcast and to a topic, and reaches nobody',
    run: async (stage) => {
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      conn.join('lobby')
      for (const bad of [undefined, null, 42, {}, ['a']] as unknown as string[]) {
        assert.equal(await errorCodeOf(() => app.broadcast(bad)), 'LINKSPAN_MESSAGE')
        assert.equal(await errorCodeOf(() => app.to('lobby').send(bad)), 'LINKSPAN_MESSAGE')
      }
      assert.deepEqual(await gotBefore(() => app.broadcast('last'), peer), [[]])
    },
  },
  {
    name: 'broadcast passes by whoever is not active yet, or not any more',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app().use(async (conn, next) => {
        if (conn.request.path !== '/late') return next()
        await conn.accept()
        await gate.opened
        return next()
      })
      const served = await stage.serve(app)
      const { conn, peer: leaving } = await pair(app, served)
      const late = await served.connect({ path: '/late' })
      conn.close(1000)
      app.broadcast('nobody is active')
      gate.open()
      await stage.until(() => app.stats().gauges.connections.active === 1, 'the late one to be active')
      app.broadcast('somebody is')
      assert.equal(await late.next(), 'somebody is')
      await leaving.closed
      assert.equal(leaving.received, 0)
    },
  },
]
