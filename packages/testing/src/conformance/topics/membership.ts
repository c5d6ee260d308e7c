import assert from 'node:assert/strict'
import type { Behaviour } from '../../behaviour.js'
import { meet } from '../pair.js'
import { gotBefore, trio } from './trio.js'

/** Joining and leaving. */
export const membership: readonly Behaviour[] = [
  {
    name: 'conn.topics names what was joined, each once, until it is left',
    run: async (stage) => {
      const { conn } = await meet(stage, stage.app())
      assert.deepEqual([...conn.topics], [])
      conn.join('a')
      conn.join('b')
      conn.join('a')
      assert.deepEqual([...conn.topics], ['a', 'b'])
      conn.leave('a')
      conn.leave('never joined')
      assert.deepEqual([...conn.topics], ['b'])
    },
  },
  {
    name: 'a topic joined twice delivers once, and is left at once',
    run: async (stage) => {
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      conn.join('lobby')
      conn.join('lobby')
      app.to('lobby').send('once')
      conn.leave('lobby')
      app.to('lobby').send('not any more')
      assert.deepEqual(await gotBefore(() => app.broadcast('last'), peer), [['once']])
    },
  },
  {
    name: 'a join before active takes effect with it, unless it was taken back',
    run: async (stage) => {
      const seen: string[][] = []
      const app = stage
        .app()
        .use(async (conn, next) => {
          conn.join('lobby')
          conn.join('changed my mind')
          conn.leave('changed my mind')
          app.to('lobby').send('too early')
          seen.push([...conn.topics])
          return next()
        })
        .on('open', (conn) => void seen.push([...conn.topics]))
      const { peer } = await meet(stage, app)
      assert.deepEqual(seen, [[], ['lobby']])
      app.to('lobby').send('in time')
      app.to('changed my mind').send('to nobody')
      assert.deepEqual(await gotBefore(() => app.broadcast('last'), peer), [['in time']])
    },
  },
  {
    name: 'a connection that closes has left its topics before anybody is told',
    run: async (stage) => {
      const sizes: number[] = []
      const app = stage.app()
      const { conn, peer } = await meet(stage, app)
      conn.join('lobby')
      conn.defer(() => void sizes.push(conn.topics.size, app.stats().gauges.topics))
      conn.close(1000)
      app.to('lobby').send('nobody is here')
      await conn.closed
      await peer.closed
      assert.deepEqual(sizes, [0, 0])
      assert.equal(peer.received, 0)
    },
  },
  {
    name: 'join does nothing after closing began, and keeps nothing',
    run: async (stage) => {
      const app = stage.app()
      const { conn } = await meet(stage, app)
      conn.close(1000)
      conn.join('lobby')
      assert.deepEqual([...conn.topics], [])
      await conn.closed
      conn.join('lobby')
      conn.leave('lobby')
      assert.deepEqual([...conn.topics], [])
      assert.equal(app.stats().gauges.topics, 0)
    },
  },
  {
    name: 'a topic is gone with its last member',
    run: async (stage) => {
      const app = stage.app()
      const [ada, bob] = await trio(stage, app)
      const topics = (): number => app.stats().gauges.topics
      ada.conn.join('lobby')
      bob.conn.join('lobby')
      bob.conn.join('garden')
      assert.equal(topics(), 2)
      ada.conn.leave('lobby')
      assert.equal(topics(), 2)
      bob.conn.leave('garden')
      assert.equal(topics(), 1)
      bob.peer.cut()
      await bob.conn.closed
      assert.equal(topics(), 0)
    },
  },
]
