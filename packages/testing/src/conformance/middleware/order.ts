import { strict as assert } from 'node:assert'
import type { Middleware } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, Gate, refusalOf } from '../support.js'

/** Which middleware runs when, on the way in and on the way out. */
export const order: readonly Behaviour[] = [
  {
    name: 'middleware is entered in the order of use(), and unwinds innermost first',
    async run(stage) {
      const app = stage.app()
      const log: string[] = []
      app.use(logged('a', log)).use(logged('b', log)).use(logged('c', log))
      const record = stage.record(app)
      app.on('open', () => log.push('open'))
      app.on('close', () => log.push('close'))
      const { peer } = await meet(stage, app)
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(log, ['a in', 'b in', 'c in', 'open', 'c out', 'b out', 'a out', 'close'])
    },
  },
  {
    name: 'middleware waits for what an inner one awaits on its way out',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(logged('outer', log)).use(async (_conn, next) => {
        const end = await next()
        log.push('inner saves')
        await gate.opened
        log.push('inner saved')
        return end
      })
      const record = stage.record(app)
      const { conn, peer } = await meet(stage, app)
      peer.close(1000)
      await stage.until(() => log.includes('inner saves'), 'the inner middleware unwinds')
      assert.equal(conn.state, 'closing')
      assert.deepEqual(log, ['outer in', 'inner saves'])
      gate.open()
      await record.next('close')
      assert.deepEqual(log, ['outer in', 'inner saves', 'inner saved', 'outer out'])
    },
  },
  {
    name: 'middleware unwinds before anything deferred is released, and all of it before close is told',
    async run(stage) {
      const app = stage.app()
      const log: string[] = []
      app
        .use(async (conn, next) => {
          conn.defer(() => {
            log.push('released')
          })
          try {
            return await next()
          } finally {
            log.push('unwound')
          }
        })
        .on('close', () => log.push('told'))
      const { conn, peer } = await meet(stage, app)
      void conn.closed.then(() => log.push('resolved'))
      peer.close(1000)
      await conn.closed
      assert.deepEqual(log, ['unwound', 'released', 'told', 'resolved'])
    },
  },
  {
    name: 'middleware that needs nothing afterwards may just return next()',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      const plain: Middleware<unknown, {}> = (_conn, next) => {
        entered += 1
        return next()
      }
      for (let i = 0; i < 20; i += 1) app.use(plain)
      app.message(echo)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
      assert.equal(entered, 20)
    },
  },
  {
    name: 'each connection runs through the middleware on its own',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(async (conn, next) => {
        log.push(`in ${conn.request.path}`)
        if (conn.request.path === '/slow') await gate.opened
        log.push(`through ${conn.request.path}`)
        return next()
      })
      app.message(echo)
      const served = await stage.serve(app)
      const slow = served.attempt({ path: '/slow' })
      await stage.until(() => app.connections.size === 1, 'the slow handshake arrives')
      await assertAlive(await served.connect({ path: '/quick' }))
      gate.open()
      assert.ok((await slow.answer).upgraded)
      assert.deepEqual(log, ['in /slow', 'in /quick', 'through /quick', 'through /slow'])
    },
  },
  {
    name: 'use() affects connections that come later, and no earlier one',
    async run(stage) {
      const app = stage.app()
      const gate = new Gate()
      const log: string[] = []
      app.use(async (conn, next) => {
        if (conn.request.path === '/under-way') await gate.opened
        return next()
      })
      app.message(echo)
      const served = await stage.serve(app)
      const active = await served.connect({ path: '/active' })
      const underWay = served.attempt({ path: '/under-way' })
      await stage.until(() => app.connections.size === 2, 'the second handshake arrives')
      app.use((conn, next) => {
        log.push(conn.request.path)
        return next()
      })
      gate.open()
      assert.ok((await underWay.answer).upgraded)
      await served.connect({ path: '/later' })
      await assertAlive(active)
      assert.deepEqual(log, ['/later'])
    },
  },
  {
    name: 'a middleware that refuses keeps those inside it from being entered, and unwinds those around it',
    async run(stage) {
      const app = stage.app()
      const log: string[] = []
      app
        .use(async (_conn, next) => {
          try {
            return await next()
          } finally {
            log.push('outer finally')
          }
        })
        .use(async (conn, next) => (conn.request.query.has('key') ? next() : conn.reject({ status: 401 })))
        .use(async (_conn, next) => {
          log.push('entered')
          return next()
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      refusalOf(await served.answer())
      await record.next('close')
      assert.deepEqual(log, ['outer finally'])
      await served.connect({ path: '/?key' })
      assert.deepEqual(log, ['outer finally', 'entered'])
    },
  },
]

/** Middleware that says when it is entered and left. */
function logged(name: string, log: string[]): Middleware<{}, {}> {
  return async (_conn, next) => {
    log.push(`${name} in`)
    const end = await next()
    log.push(`${name} out`)
    return end
  }
}
