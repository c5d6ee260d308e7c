import { strict as assert } from 'node:assert'
import type { Behaviour } from '@linkspan/testing'
import { bearing, come, cookieOf, emptied, idIn, open, sessionOf } from './visitor.js'

const FOREIGN = 'AAAAAAAAAAAAAAAAAAAAAA'

/** How a client gets a session id, and what ids it may come with. */
export const cookies: readonly Behaviour[] = [
  {
    name: 'a client without a session gets one, and its cookie with the 101',
    async run(stage) {
      const shop = open(stage)
      const { answer } = await come(await stage.serve(shop.app))
      const { id } = sessionOf(shop.app)
      assert.match(id, /^[\w-]{22}$/)
      assert.equal(
        answer.headers['set-cookie'],
        `__Host-linkspan.sid=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`,
      )
    },
  },
  {
    name: "the session's cookie goes out beside other ones",
    async run(stage) {
      const shop = open(stage)
      shop.app.use((conn, next) => {
        conn.setHeader('set-cookie', 'theme=dark')
        return next()
      })
      const { answer } = await come(await stage.serve(shop.app))
      assert.deepEqual(
        answer.headers['set-cookie']?.split('\n').map((line) => line.split('=')[0]),
        ['__Host-linkspan.sid', 'theme'],
      )
    },
  },
  {
    name: 'a client that comes back has its session, and gets no other cookie',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      first.peer.send('hello')
      assert.equal(await first.peer.next(), '1 hello')
      first.peer.close()
      await first.peer.closed
      const second = await come(served, first.cookie)
      assert.equal(second.answer.headers['set-cookie'], undefined)
      second.peer.send('again')
      assert.equal(await second.peer.next(), '2 again')
    },
  },
  {
    name: 'an id that we have not made is never adopted',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      for (const id of [FOREIGN, 'admin', '', '../../etc', `${FOREIGN}A`, '__proto__', '%00']) {
        const { cookie, peer } = await come(served, `__Host-linkspan.sid=${id}`)
        assert.match(idIn(cookie), /^[\w-]{22}$/)
        assert.notEqual(idIn(cookie), id)
        assert.equal(sessionOf(shop.app).id, idIn(cookie))
        peer.close()
        await emptied(stage, shop)
      }
      // What cannot be an id of ours is not even looked up.
      assert.deepEqual(
        shop.store.asked.filter(({ call }) => call === 'load').map(({ id }) => id),
        [FOREIGN],
      )
    },
  },
  {
    name: 'a client that is refused leaves no session behind',
    async run(stage) {
      const shop = open(stage)
      const refusing = shop.app.use(async (conn) => conn.reject({ status: 401 }))
      const served = await stage.serve(refusing)
      const answer = await served.answer()
      assert.ok(!answer.upgraded)
      assert.equal(answer.status, 401)
      await emptied(stage, shop)
      assert.equal(await shop.store.load(idIn(cookieOf(answer) ?? '')), undefined)
      assert.deepEqual(shop.sessions.stats(), {
        live: 0,
        returned: 0,
        dirty: 0,
        conflicts: 0,
        failures: 0,
        retries: 0,
      })
    },
  },
  {
    name: 'a session moves to a new id during the handshake, with its values, and the old one ends',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      first.peer.send('hello')
      await first.peer.next()
      first.peer.close()
      await emptied(stage, shop)
      const login = open(stage, {}, shop.store)
      const moving = login.app.use(async (conn, next) => {
        await conn.data.session.regenerate()
        return next()
      })
      const second = await come(await stage.serve(moving), first.cookie)
      assert.notEqual(second.cookie, first.cookie)
      assert.equal(sessionOf(login.app).get('visits'), 1)
      await stage.until(() => login.sessions.stats().dirty === 0, 'the old session is destroyed')
      assert.equal(await shop.store.load(idIn(first.cookie)), undefined)
      assert.ok(await shop.store.load(idIn(second.cookie)))
    },
  },
  {
    name: 'a session moves to a new id on a live connection, which the application hands over',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const { peer, cookie } = await come(served)
      peer.send('hello')
      await peer.next()
      const session = sessionOf(shop.app)
      const id = await session.regenerate()
      assert.equal(session.id, id)
      assert.notEqual(id, idIn(cookie))
      const again = await come(served, `__Host-linkspan.sid=${id}`)
      again.peer.send('again')
      assert.equal(await again.peer.next(), '2 again')
      const stranger = await come(served, cookie)
      stranger.peer.send('who?')
      assert.equal(await stranger.peer.next(), '1 who?')
    },
  },
  {
    name: 'an id comes in the query where that is asked for, and no cookie is set',
    async run(stage) {
      const shop = open(stage, { query: 'sid' })
      const served = await stage.serve(shop.app)
      const first = await served.answer({ path: '/?sid=admin' })
      assert.ok(first.upgraded)
      assert.equal(first.headers['set-cookie'], undefined)
      const { id } = sessionOf(shop.app)
      assert.notEqual(id, 'admin')
      first.peer.send('hello')
      await first.peer.next()
      const second = await served.answer({ path: `/?sid=${id}`, ...bearing('__Host-linkspan.sid=admin') })
      assert.ok(second.upgraded)
      second.peer.send('again')
      assert.equal(await second.peer.next(), '2 again')
    },
  },
]
