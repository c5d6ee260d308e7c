import { strict as assert } from 'node:assert'
import { loadShedding } from '@linkspan/guard'
import type { Chapter } from '@linkspan/testing'
import { assertAlive, assertRefusedForNow, echo } from './support.js'

export const shedding: Chapter = {
  title: 'loadShedding',
  behaviours: [
    {
      name: 'under too much load, who is there stays, and who comes is refused: 503 with Retry-After',
      async run(stage) {
        const load = { eventLoopDelay: 0, heapUsed: 0 }
        let entered = 0
        const app = stage
          .app()
          .use(loadShedding({ load: { read: () => load } }))
          .use((_conn, next) => {
            entered += 1
            return next()
          })
          .message(echo)
        const served = await stage.serve(app)
        const peer = await served.connect()
        load.eventLoopDelay = 500
        assertRefusedForNow(await served.answer(), 503, 1013)
        assert.equal(entered, 1)
        await assertAlive(peer)
      },
    },
    {
      name: 'it lets in again only when the load has fallen to a share of the threshold',
      async run(stage) {
        const load = { eventLoopDelay: 0, heapUsed: 0.95 }
        const shedder = loadShedding({ load: { read: () => load } })
        const served = await stage.serve(stage.app().use(shedder).message(echo))
        assertRefusedForNow(await served.answer(), 503, 1013)
        load.heapUsed = 0.85
        assertRefusedForNow(await served.answer(), 503, 1013)
        load.heapUsed = 0.7
        await assertAlive(await served.connect())
        load.heapUsed = 0.85
        await assertAlive(await served.connect())
        assert.deepEqual(shedder.stats().totals, { admitted: 2, refused: 2 })
      },
    },
    {
      name: 'who matters is let in longer',
      async run(stage) {
        const load = { eventLoopDelay: 180, heapUsed: 0 }
        const shedder = loadShedding({
          load: { read: () => load },
          priority: (conn) => (conn.request.path === '/staff' ? 1 : 0),
        })
        const served = await stage.serve(stage.app().use(shedder).message(echo))
        assertRefusedForNow(await served.answer(), 503, 1013)
        await assertAlive(await served.connect({ path: '/staff' }))
        load.eventLoopDelay = 200
        assertRefusedForNow(await served.answer({ path: '/staff' }), 503, 1013)
      },
    },
    {
      name: 'past its number of connections it refuses, and those that ended count no longer',
      async run(stage) {
        const shedder = loadShedding({ connections: 2 })
        const app = stage.app().use(shedder).message(echo)
        const served = await stage.serve(app)
        const peers = [await served.connect(), await served.connect()]
        assertRefusedForNow(await served.answer(), 503, 1013)
        peers[0]?.close(1000)
        await stage.until(() => app.connections.size === 1, 'one is gone')
        assert.equal(shedder.stats().connections, 1)
        await assertAlive(await served.connect())
      },
    },
  ],
}
