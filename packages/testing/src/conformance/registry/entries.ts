import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet, pairs } from '../pair.js'
import { Gate, refusalOf } from '../support.js'

/** Which connections are there. */
export const entries: readonly Behaviour[] = [
  {
    name: 'a connection is counted from the arrival of its upgrade until it is closed',
    run: async (stage) => {
      const gate = new Gate()
      const release = new Gate()
      const app = stage.app().use(async (conn, next) => {
        conn.defer(() => release.opened)
        await gate.opened
        return next()
      })
      const record = stage.record(app)
      assert.equal(app.connections.size, 0)
      const { answer } = (await stage.serve(app)).attempt()
      await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
      const [conn] = app.connections
      assert.equal(conn?.state, 'connecting')
      gate.open()
      await answer
      await record.next('open')
      conn?.close(1000)
      assert.equal(app.connections.size, 1)
      release.open()
      await record.next('close')
      assert.equal(app.connections.size, 0)
      assert.deepEqual([...app.connections], [])
    },
  },
  {
    name: 'a refused connection is counted no longer than it lives',
    run: async (stage) => {
      const app = stage.app().use(async (conn) => conn.reject({ status: 403 }))
      const record = stage.record(app)
      refusalOf(await (await stage.serve(app)).answer())
      await record.next('close')
      assert.equal(app.connections.size, 0)
    },
  },
  {
    name: 'get() answers the connection of an id, and undefined for any other',
    run: async (stage) => {
      const app = stage.app()
      const { conn } = await meet(stage, app)
      assert.equal(app.connections.get(conn.id), conn)
      assert.equal(app.connections.get('no such id'), undefined)
      assert.equal(app.connections.get('__proto__'), undefined)
      conn.terminate()
      await conn.closed
      assert.equal(app.connections.get(conn.id), undefined)
    },
  },
  {
    name: 'iteration meets every connection, and ids are all different',
    run: async (stage) => {
      const app = stage.app()
      const all = await pairs(app, await stage.serve(app), 5)
      const met = [...app.connections]
      assert.deepEqual(new Set(met.map((conn) => conn.id)), new Set(all.map(({ conn }) => conn.id)))
      assert.equal(new Set(met.map((conn) => conn.id)).size, 5)
    },
  },
  {
    name: 'connections can be closed while going through them',
    run: async (stage) => {
      const app = stage.app()
      const record = stage.record(app)
      await pairs(app, await stage.serve(app), 4)
      let met = 0
      for (const conn of app.connections) {
        met += 1
        conn.terminate()
      }
      assert.equal(met, 4)
      for (let i = 0; i < 4; i += 1) await record.next('close')
      assert.equal(app.connections.size, 0)
    },
  },
]
