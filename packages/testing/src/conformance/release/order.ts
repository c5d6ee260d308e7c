import assert from 'node:assert/strict'
import type { CloseInfo } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { Gate } from '../support.js'

/** What is released after what. */
export const order: readonly Behaviour[] = [
  {
    name: 'defers run once each, the last registered first',
    run: async (stage) => {
      const log: string[] = []
      const app = stage.app().use(async (conn, next) => {
        conn.defer(() => void log.push('first'))
        conn.defer(async () => void log.push('second'))
        return next()
      })
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.defer(() => void log.push('third'))
      assert.deepEqual(log, [])
      conn.close(1000)
      conn.close(1000)
      await record.next('close')
      assert.deepEqual(log, ['third', 'second', 'first'])
    },
  },
  {
    name: 'each defer is awaited before the next one starts',
    run: async (stage) => {
      const gates = [new Gate(), new Gate()]
      const log: string[] = []
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      for (const [i, gate] of gates.entries()) {
        conn.defer(async () => {
          log.push(`${i} starts`)
          await gate.opened
          log.push(`${i} ends`)
        })
      }
      conn.close(1000)
      gates[0]?.open()
      await stage.until(() => log.length === 1, 'the last defer to start')
      await stage.clock.advance(0)
      assert.deepEqual(log, ['1 starts'])
      gates[1]?.open()
      await record.next('close')
      assert.deepEqual(log, ['1 starts', '1 ends', '0 starts', '0 ends'])
    },
  },
  {
    name: 'middlewares unwind first, innermost first, each with the same CloseInfo; then the defers run',
    run: async (stage) => {
      const log: string[] = []
      const ends: CloseInfo[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('outer defer'))
          const end = await next()
          log.push('outer')
          ends.push(end)
          return end
        })
        .use(async (conn, next) => {
          conn.defer(() => void log.push('inner defer'))
          const end = await next()
          await undefined
          log.push('inner')
          ends.push(end)
          return end
        })
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      conn.close(4001, 'go')
      const { info } = await record.next('close')
      assert.deepEqual(log, ['inner', 'outer', 'inner defer', 'outer defer'])
      assert.deepEqual(ends, [info, info])
    },
  },
  {
    name: 'the handler that runs is awaited before anything is released',
    run: async (stage) => {
      const gate = new Gate()
      const log: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => void log.push('defer'))
          const end = await next()
          log.push('middleware')
          return end
        })
        .message(async () => {
          log.push('handler starts')
          await gate.opened
          log.push('handler ends')
        })
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.send('go')
      await stage.until(() => log.length === 1, 'the handler to start')
      peer.close(1000)
      await peer.closed
      await stage.clock.advance(0)
      assert.deepEqual(log, ['handler starts'])
      gate.open()
      await record.next('close')
      assert.deepEqual(log, ['handler starts', 'handler ends', 'middleware', 'defer'])
    },
  },
  {
    name: 'a connection is closed only when everything is released, and forgotten then',
    run: async (stage) => {
      const gate = new Gate()
      const states: string[] = []
      const app = stage.app()
      const record = stage.record(app)
      const { conn } = await meet(stage, app)
      let resolved = false
      void conn.closed.then(() => {
        resolved = true
      })
      conn.defer(() => void states.push(conn.state))
      conn.defer(async () => {
        states.push(conn.state)
        await gate.opened
        states.push(conn.state)
      })
      conn.close(1000)
      await stage.until(() => states.length === 1, 'the last defer to start')
      await stage.clock.advance(0)
      assert.equal(resolved, false)
      assert.equal(app.connections.get(conn.id), conn)
      assert.deepEqual(record.of('close'), [])
      gate.open()
      await conn.closed
      assert.deepEqual(states, ['closing', 'closing', 'closing'])
      assert.equal(conn.state, 'closed')
      assert.equal(app.connections.get(conn.id), undefined)
    },
  },
]
