import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { pair } from '../pair.js'
import { Gate } from '../support.js'
import { gotBefore, trio } from './trio.js'

/** Whom a send to a topic reaches. */
export const audiences: readonly Behaviour[] = [
  {
    name: 'app.to() reaches everybody in the topic, and nobody else',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob, eve] = await trio(stage, app)
      ada.conn.join('lobby')
      bob.conn.join('lobby')
      eve.conn.join('elsewhere')
      app.to('lobby').send('hello')
      app.to('nowhere').send('nobody hears this')
      const got = await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer, eve.peer)
      assert.deepEqual(got, [['hello'], ['hello'], []])
    },
  },
  {
    name: 'conn.to() leaves out the connection itself, whether it is in the topic or not',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob, eve] = await trio(stage, app)
      ada.conn.join('lobby')
      bob.conn.join('lobby')
      ada.conn.to('lobby').send('from ada')
      eve.conn.to('lobby').send('from eve')
      const got = await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer, eve.peer)
      assert.deepEqual(got, [['from eve'], ['from ada', 'from eve'], []])
    },
  },
  {
    name: 'except() leaves out one connection more, each time, and leaves the audience it came from as it was',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob, eve] = await trio(stage, app)
      for (const { conn } of [ada, bob, eve]) conn.join('lobby')
      const all = app.to('lobby')
      const some = all.except(ada.conn)
      some.send('not ada')
      some.except(bob.conn).send('eve only')
      ada.conn.to('lobby').except(bob.conn).send('eve again')
      all.send('all')
      const got = await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer, eve.peer)
      assert.deepEqual(got, [['all'], ['not ada', 'all'], ['not ada', 'eve only', 'eve again', 'all']])
    },
  },
  {
    name: 'an audience is whoever is in the topic when something is sent',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob, eve] = await trio(stage, app)
      const lobby = app.to('lobby')
      lobby.send('nobody yet')
      ada.conn.join('lobby')
      lobby.send('ada')
      bob.conn.join('lobby')
      ada.conn.leave('lobby')
      lobby.send('bob')
      const got = await gotBefore(() => app.broadcast('last'), ada.peer, bob.peer, eve.peer)
      assert.deepEqual(got, [['ada'], ['bob'], []])
    },
  },
  {
    name: 'a message that came in goes on to a topic as it is, text or binary, at once or later',
    run: async (stage) => {
      const gate = new Gate()
      const app = stage.app().message(async (conn, message) => {
        conn.to('lobby').send(message)
        await gate.opened
        conn.to('lobby').send(message)
      })
      const served = await stage.serve(app)
      const from = await pair(app, served)
      const to = await pair(app, served)
      to.conn.join('lobby')
      from.peer.sendBurst(['čaj', Uint8Array.of(0xff, 0)])
      assert.equal(await to.peer.next(), 'čaj')
      gate.open()
      assert.equal(await to.peer.next(), 'čaj')
      assert.deepEqual([...(await to.peer.next())], [0xff, 0])
      assert.deepEqual([...(await to.peer.next())], [0xff, 0])
    },
  },
  {
    name: 'what one connection sends to a topic arrives in that order',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob] = await trio(stage, app)
      bob.conn.join('lobby')
      const texts = Array.from({ length: 100 }, (_, i) => `number ${i}`)
      for (const text of texts) ada.conn.to('lobby').send(text)
      for (const text of texts) assert.equal(await bob.peer.next(), text)
    },
  },
]
