import assert from 'node:assert/strict'
import { adaptive, paces } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { only } from '../support.js'

/** How often a connection is pinged, by the network that it is on. */
export const heartbeatPaces: readonly Behaviour[] = [
  {
    name: 'a connection knows its heartbeat once it is active',
    run: async (stage) => {
      const before: unknown[] = []
      const app = stage.app({ heartbeat: paces.mobile }).use((conn, next) => {
        before.push(conn.heartbeat)
        return next()
      })
      await (await stage.serve(app)).connect()
      await stage.record(app).next('open')
      assert.deepEqual(before, [undefined])
      const { name, interval, misses } = only(app).heartbeat ?? {}
      assert.deepEqual({ name, interval, misses }, paces.mobile)
    },
  },
  {
    name: 'an adaptive heartbeat begins with what the client says of its network',
    run: async (stage) => {
      const app = stage.app({ heartbeat: adaptive() })
      const served = await stage.serve(app)
      for (const [headers, name] of [
        [{}, 'lan'],
        [{ rtt: '900' }, 'highLatency'],
        [{ ect: '3g' }, 'mobile'],
      ] as const) {
        const peer = await served.connect({ headers })
        await stage.record(app).next('open')
        assert.equal(only(app).heartbeat?.name, name)
        peer.close(1000)
        await stage.record(app).next('close')
      }
    },
  },
  {
    name: 'an adaptive heartbeat becomes patient where pings go unanswered, and the connection lives longer for it',
    run: async (stage) => {
      const app = stage.app({ heartbeat: adaptive() })
      const peer = await (await stage.serve(app)).connect()
      await stage.record(app).next('open')
      peer.answersPings = false
      await stage.clock.advance(30_500)
      await stage.until(() => peer.pings === 1, 'the first ping arrived')
      await stage.clock.advance(30_500)
      const { from, to } = await stage.record(app).next('heartbeat')
      assert.deepEqual([from.name, to.name], ['lan', 'mobile'])
      // Under the first pace it would be gone.
      await stage.clock.advance(62_000)
      assert.equal(only(app).state, 'active')
    },
  },
]
