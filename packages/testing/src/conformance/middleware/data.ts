import { strict as assert } from 'node:assert'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'

/** What middleware hands to `next({...})`. */
export const data: readonly Behaviour[] = [
  {
    name: 'data accumulates, and each middleware sees what was there before it',
    async run(stage) {
      const seen: object[] = []
      const app = stage
        .app()
        .use((conn, next) => {
          seen.push({ ...conn.data })
          return next({ user: 'ada' })
        })
        .use(async (conn, next) => {
          await undefined
          seen.push({ ...conn.data })
          return next({ room: `${conn.data.user}'s` })
        })
        .use((conn, next) => {
          seen.push({ ...conn.data })
          return next()
        })
        .message((conn) => {
          conn.send(`${conn.data.user} in ${conn.data.room}`)
        })
      const { peer } = await meet(stage, app)
      peer.send('where am I?')
      assert.equal(await peer.next(), "ada in ada's")
      assert.deepEqual(seen, [{}, { user: 'ada' }, { user: 'ada', room: "ada's" }])
    },
  },
  {
    name: 'a key that is added again replaces the earlier one, and no other',
    async run(stage) {
      const app = stage
        .app()
        .use((_conn, next) => next({ role: 'guest', plan: 'free' }))
        .use((conn, next) => next({ role: { was: conn.data.role, is: 'admin' } }))
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const { peer } = await meet(stage, app)
      peer.send('who am I?')
      assert.deepEqual(JSON.parse(String(await peer.next())), {
        role: { was: 'guest', is: 'admin' },
        plan: 'free',
      })
    },
  },
  {
    name: 'data is taken by value: what happens to the object later changes nothing',
    async run(stage) {
      const app = stage
        .app()
        .use(async (_conn, next) => {
          const added = { count: 1 }
          const life = next(added)
          added.count = 2
          Object.assign(added, { sneaked: true })
          return life
        })
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const { peer } = await meet(stage, app)
      peer.send('what is there?')
      assert.equal(await peer.next(), '{"count":1}')
    },
  },
  {
    name: 'data is there for the whole life: in handlers, after next(), in what was deferred, in events',
    async run(stage) {
      const seen: string[] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.defer(() => {
            seen.push(`deferred ${JSON.stringify(conn.data)}`)
          })
          const end = await next({ user: 'ada' })
          seen.push(`after ${JSON.stringify(conn.data)}`)
          return end
        })
        .use((_conn, next) => next({ room: 'lobby' }))
      app.on('open', (conn) => seen.push(`open ${JSON.stringify(conn.data)}`))
      app.on('close', (conn) => seen.push(`close ${JSON.stringify(conn.data)}`))
      const record = stage.record(app)
      const { peer } = await meet(stage, app)
      peer.close(1000)
      await record.next('close')
      const all = '{"user":"ada","room":"lobby"}'
      assert.deepEqual(seen, [`open ${all}`, `after ${all}`, `deferred ${all}`, `close ${all}`])
    },
  },
  {
    name: 'no connection sees the data of another',
    async run(stage) {
      const app = stage
        .app()
        .use((conn, next) =>
          next({ path: conn.request.path, ...(conn.request.query.has('vip') && { vip: true }) }),
        )
        .message((conn) => {
          conn.send(JSON.stringify(conn.data))
        })
      const served = await stage.serve(app)
      const [one, other] = [
        await served.connect({ path: '/one?vip' }),
        await served.connect({ path: '/other' }),
      ]
      one.send('?')
      other.send('?')
      assert.equal(await one.next(), '{"path":"/one","vip":true}')
      assert.equal(await other.next(), '{"path":"/other"}')
    },
  },
]
