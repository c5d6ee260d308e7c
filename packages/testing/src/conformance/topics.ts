import assert from 'node:assert/strict'
import type { Linkspan } from '@linkspan/core'
import type { Behaviour, Chapter, Stage } from '../behaviour.js'
import type { Peer } from '../peer.js'
import { meet, type Pair, pair } from './pair.js'
import { errorCodeOf, Gate } from './support.js'
import { names } from './topics/names.js'
import { scopes } from './topics/scopes.js'

/** Who gets what is sent to a topic, or to everybody. */
export const chapter: Chapter = {
  title: 'topics',
  behaviours: [...audiences(), ...membership(), ...broadcasts(), ...names, ...scopes],
}

/** Sends everybody a last message, and answers what each got before it. */
async function gotBefore(last: () => void, ...peers: readonly Peer[]): Promise<(string | number[])[][]> {
  last()
  const all: (string | number[])[][] = []
  for (const peer of peers) {
    const got: (string | number[])[] = []
    for (let message = await peer.next(); message !== 'last'; message = await peer.next()) {
      got.push(typeof message === 'string' ? message : [...message])
    }
    all.push(got)
  }
  return all
}

function audiences(): Behaviour[] {
  return [
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
}

function membership(): Behaviour[] {
  return [
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
}

function broadcasts(): Behaviour[] {
  return [
    {
      name: 'broadcast reaches everybody with text, bytes, a buffer or a message',
      run: async (stage) => {
        const app = stage.app().message((_conn, message) => app.broadcast(message))
        const [ada, bob, eve] = await trio(stage, app)
        app.broadcast('text')
        app.broadcast(Uint8Array.of(1, 2))
        app.broadcast(Uint8Array.of(3).buffer)
        ada.peer.send('from ada')
        for (const { peer } of [ada, bob, eve]) {
          assert.equal(await peer.next(), 'text')
          assert.deepEqual([...(await peer.next())], [1, 2])
          assert.deepEqual([...(await peer.next())], [3])
          assert.equal(await peer.next(), 'from ada')
        }
      },
    },
    {
      name: 'what is no message throws LINKSPAN_MESSAGE in broadcast and to a topic, and reaches nobody',
      run: async (stage) => {
        const app = stage.app()
        const { conn, peer } = await meet(stage, app)
        conn.join('lobby')
        for (const bad of [undefined, null, 42, {}, ['a']] as unknown as string[]) {
          assert.equal(await errorCodeOf(() => app.broadcast(bad)), 'LINKSPAN_MESSAGE')
          assert.equal(await errorCodeOf(() => app.to('lobby').send(bad)), 'LINKSPAN_MESSAGE')
        }
        assert.deepEqual(await gotBefore(() => app.broadcast('last'), peer), [[]])
      },
    },
    {
      name: 'broadcast passes by whoever is not active yet, or not any more',
      run: async (stage) => {
        const gate = new Gate()
        const app = stage.app().use(async (conn, next) => {
          if (conn.request.path !== '/late') return next()
          await conn.accept()
          await gate.opened
          return next()
        })
        const served = await stage.serve(app)
        const { conn, peer: leaving } = await pair(app, served)
        const late = await served.connect({ path: '/late' })
        conn.close(1000)
        app.broadcast('nobody is active')
        gate.open()
        await stage.until(() => app.stats().gauges.connections.active === 1, 'the late one to be active')
        app.broadcast('somebody is')
        assert.equal(await late.next(), 'somebody is')
        await leaving.closed
        assert.equal(leaving.received, 0)
      },
    },
  ]
}

/** Three connections of one application. */
async function trio(stage: Stage, app: Linkspan<unknown>): Promise<[Pair, Pair, Pair]> {
  const served = await stage.serve(app)
  return [await pair(app, served), await pair(app, served), await pair(app, served)]
}
