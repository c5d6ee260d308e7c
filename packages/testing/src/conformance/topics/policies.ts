import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { errorCodeOf, only, refusalOf } from '../support.js'
import { gotBefore, trio } from './trio.js'

/** Who may be in a topic, and who may send to it. */
export const policies: readonly Behaviour[] = [
  {
    name: 'nobody joins a topic whose policy says no; the caller is told, and the connection stays',
    run: async (stage) => {
      const app = stage.app().topics('room:*', { join: (_conn, topic) => topic === 'room:open' })
      const [ada, bob] = await trio(stage, app)
      ada.conn.join('room:open')
      bob.conn.join('room:open')
      assert.equal(await errorCodeOf(() => bob.conn.join('room:closed')), 'LINKSPAN_FORBIDDEN')
      app.to('room:closed').send('unheard')
      app.to('room:open').send('heard')
      assert.deepEqual(await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer), [
        ['heard'],
        ['heard'],
      ])
      const decisions = stage.record(app).of('access')
      assert.deepEqual(
        decisions.map(({ action, topic, allowed }) => [action, topic, allowed]),
        [
          ['join', 'room:open', true],
          ['join', 'room:open', true],
          ['join', 'room:closed', false],
        ],
      )
    },
  },
  {
    name: 'nobody sends to a topic whose policy says no; the server does',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob] = await trio(stage, app)
      app.topics('news', { publish: (conn) => conn.id === ada.conn.id })
      for (const { conn } of [ada, bob]) conn.join('news')
      ada.conn.to('news').send('from ada')
      assert.equal(await errorCodeOf(() => bob.conn.to('news').send('from bob')), 'LINKSPAN_FORBIDDEN')
      app.to('news').send('from the server')
      assert.deepEqual(await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer), [
        ['from the server'],
        ['from ada', 'from the server'],
      ])
    },
  },
  {
    name: 'a denied join that a handler does not catch closes with 4003, and is no error',
    run: async (stage) => {
      const app = stage
        .app()
        .topics('room', { join: () => false })
        .message((conn) => conn.join('room'))
      const peer = await (await stage.serve(app)).connect()
      peer.send('let me in')
      assert.equal((await peer.closed).code, 4003)
      assert.deepEqual(stage.record(app).of('error'), [])
    },
  },
  {
    name: 'a denied join that a middleware does not catch is refused with 403',
    run: async (stage) => {
      const app = stage
        .app()
        .topics('room', { join: () => false })
        .use((conn, next) => {
          conn.join('room')
          return next()
        })
      assert.equal(refusalOf(await (await stage.serve(app)).answer()).status, 403)
    },
  },
  {
    name: 'a renewed identity leaves the topics that it may not be in any more',
    run: async (stage) => {
      const app = stage
        .app()
        .topics('staff', { join: (conn) => conn.identity?.roles?.includes('staff') === true })
        .use((conn, next) => {
          conn.authenticate({ subject: 'ada', roles: ['staff'] })
          conn.join('staff')
          conn.join('lobby')
          return next()
        })
      const peer = await (await stage.serve(app)).connect()
      await stage.record(app).next('open')
      app.to('staff').send('before')
      only(app).renew({ subject: 'ada', roles: [] })
      app.to('staff').send('after')
      app.to('lobby').send('still here')
      assert.equal(await peer.next(), 'before')
      assert.equal(await peer.next(), 'still here')
      const { before, after } = await stage.record(app).next('renewed')
      assert.deepEqual([before.roles, after.roles], [['staff'], []])
    },
  },
]
