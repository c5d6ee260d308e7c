import { strict as assert } from 'node:assert'
import { type Connection, pipeline } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { assertAlive, echo, refusalOf } from '../support.js'

/** `pipeline()`: middleware put together is middleware. */
export const bundles: readonly Behaviour[] = [
  {
    name: 'a bundle runs where it is used: after what is before it, before what is after it',
    async run(stage) {
      const log: string[] = []
      const logged =
        (name: string) =>
        async <End>(_conn: Connection<unknown>, next: () => Promise<End>): Promise<End> => {
          log.push(`${name} in`)
          const end = await next()
          log.push(`${name} out`)
          return end
        }
      const app = stage.app()
      app
        .use(logged('before'))
        .use(pipeline().use(logged('first')).use(logged('second')))
        .use(logged('after'))
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(log, [
        'before in',
        'first in',
        'second in',
        'after in',
        'after out',
        'second out',
        'first out',
        'before out',
      ])
    },
  },
  {
    name: 'a bundle sees the data from before it, adds its own, and hands on both',
    async run(stage) {
      const profile = pipeline<{ user: string }>()
        .use((conn, next) => next({ greeting: `hello ${conn.data.user}` }))
        .use((conn, next) => next({ shout: conn.data.greeting.toUpperCase(), user: 'replaced' }))
      const app = stage
        .app()
        .use((_conn, next) => next({ user: 'ada', plan: 'free' }))
        .use(profile)
        .use((conn, next) => next({ all: Object.keys(conn.data).sort().join() }))
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const { peer } = await meet(stage, app)
      peer.send('?')
      assert.deepEqual(JSON.parse(String(await peer.next())), {
        user: 'replaced',
        plan: 'free',
        greeting: 'hello ada',
        shout: 'HELLO ADA',
        all: 'greeting,plan,shout,user',
      })
    },
  },
  {
    name: 'bundles can be put into bundles',
    async run(stage) {
      const inner = pipeline().use((_conn, next) => next({ b: 2 }))
      const outer = pipeline()
        .use((_conn, next) => next({ a: 1 }))
        .use(inner)
        .use((conn, next) => next({ c: conn.data.a + conn.data.b }))
      const app = stage
        .app()
        .use(outer)
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const { peer } = await meet(stage, app)
      peer.send('?')
      assert.equal(await peer.next(), '{"a":1,"b":2,"c":3}')
    },
  },
  {
    name: 'an empty bundle changes nothing',
    async run(stage) {
      const app = stage.app().use(pipeline()).message(echo)
      const { peer } = await meet(stage, app)
      await assertAlive(peer)
    },
  },
  {
    name: 'a bundle that is extended stays as it was where it is used already',
    async run(stage) {
      const base = pipeline().use((_conn, next) => next({ base: true }))
      const longer = base.use((_conn, next) => next({ longer: true }))
      const app = stage
        .app()
        .use((conn, next) => (conn.request.path === '/longer' ? longer(conn, next) : base(conn, next)))
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const served = await stage.serve(app)
      const peers = [await served.connect({ path: '/base' }), await served.connect({ path: '/longer' })]
      for (const peer of peers) peer.send('?')
      assert.equal(await peers[0]?.next(), '{"base":true}')
      assert.equal(await peers[1]?.next(), '{"base":true,"longer":true}')
    },
  },
  {
    name: 'a bundle that refuses refuses the connection',
    async run(stage) {
      let entered = 0
      const gate = pipeline()
        .use((_conn, next) => next())
        .use(async (conn) => conn.reject({ status: 402 }))
      const app = stage.app()
      app.use(gate).use((_conn, next) => {
        entered += 1
        return next()
      })
      const served = await stage.serve(app)
      assert.equal(refusalOf(await served.answer()).status, 402)
      assert.equal(entered, 0)
    },
  },
  {
    name: 'a middleware may choose for each connection whether a bundle runs',
    async run(stage) {
      const admin = pipeline().use(async (conn, next) =>
        conn.request.headers['x-key'] === 'sesame' ? next() : conn.reject({ status: 401 }),
      )
      const app = stage.app()
      app
        .use((conn, next) => (conn.request.path.startsWith('/admin') ? admin(conn, next) : next()))
        .message(echo)
      const served = await stage.serve(app)
      await assertAlive(await served.connect({ path: '/' }))
      await assertAlive(await served.connect({ path: '/admin', headers: { 'x-key': 'sesame' } }))
      assert.equal(refusalOf(await served.answer({ path: '/admin' })).status, 401)
    },
  },
]
