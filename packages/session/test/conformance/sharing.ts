import { strict as assert } from 'node:assert'
import type { Behaviour } from '@linkspan/testing'
import { come, emptied, idIn, open, sessionOf, sessionsOf, visit } from './visitor.js'

/** Several connections of one session, here and on other nodes. */
export const sharing: readonly Behaviour[] = [
  {
    name: 'connections of one session share one object, until the last of them is over',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      const second = await come(served, first.cookie)
      const [one, other] = sessionsOf(shop.app)
      assert.equal(one, other)
      assert.equal(shop.sessions.stats().live, 1)
      first.peer.send('hello')
      assert.equal(await first.peer.next(), '1 hello')
      second.peer.send('and me')
      assert.equal(await second.peer.next(), '2 and me')
      first.peer.close()
      await stage.until(() => shop.app.connections.size === 1, 'the first has ended')
      assert.equal(shop.sessions.stats().live, 1)
      second.peer.close()
      await emptied(stage, shop)
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'many clients that come at once with one id ask the store once, and share the session',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      first.peer.close()
      await emptied(stage, shop)
      shop.store.hold('load')
      const visitors = Array.from({ length: 5 }, () => come(served, first.cookie))
      await stage.until(() => shop.app.connections.size === 5, 'all of them have come')
      await stage.until(() => shop.store.held.length > 0, 'the store was asked')
      shop.store.answer()
      await Promise.all(visitors)
      assert.equal(shop.store.count('load'), 1)
      assert.equal(new Set(sessionsOf(shop.app)).size, 1)
    },
  },
  {
    name: 'two nodes that change one session do not overwrite each other',
    async run(stage) {
      const here = open(stage)
      const there = open(stage, {}, here.store)
      const first = await come(await stage.serve(here.app))
      await come(await stage.serve(there.app), first.cookie)
      const [mine, theirs] = [sessionOf(here.app), sessionOf(there.app)]
      for (let i = 0; i < 3; i += 1) visit(mine)
      for (let i = 0; i < 4; i += 1) visit(theirs)
      theirs.set('name', 'ada')
      await Promise.all([mine.flush(), theirs.flush()])
      assert.equal(here.sessions.stats().conflicts + there.sessions.stats().conflicts, 1)
      const third = open(stage, {}, here.store)
      await come(await stage.serve(third.app), first.cookie)
      assert.equal(sessionOf(third.app).get('visits'), 7)
      assert.equal(sessionOf(third.app).get('name'), 'ada')
    },
  },
  {
    name: 'a connection finds what another node has written since',
    async run(stage) {
      const here = open(stage)
      const there = open(stage, {}, here.store)
      const servedHere = await stage.serve(here.app)
      const first = await come(servedHere)
      await come(await stage.serve(there.app), first.cookie)
      visit(sessionOf(there.app))
      await sessionOf(there.app).flush()
      await come(servedHere, first.cookie)
      assert.deepEqual(
        sessionsOf(here.app).map((session) => session.get('visits')),
        [1, 1],
      )
    },
  },
  {
    name: 'a destroyed session closes its connections with 4001, and is never had again',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      const second = await come(served, first.cookie)
      const session = firstOf(shop)
      session.set('name', 'ada')
      const destroyed = session.destroy()
      assert.equal(session.ended, true)
      assert.throws(() => session.set('name', 'eve'), { code: 'LINKSPAN_SESSION' })
      for (const { peer } of [first, second]) {
        assert.deepEqual(await peer.closed, { code: 4001, reason: 'the session has ended' })
      }
      await destroyed
      await stage.clock.advance(10_000)
      assert.equal(await shop.store.load(idIn(first.cookie)), undefined)
      const third = await come(served, first.cookie)
      assert.notEqual(third.cookie, first.cookie)
    },
  },
  {
    name: 'a session that another node destroyed ends here with its next write, which brings nothing back',
    async run(stage) {
      const here = open(stage)
      const there = open(stage, {}, here.store)
      const first = await come(await stage.serve(here.app))
      await come(await stage.serve(there.app), first.cookie)
      await sessionOf(there.app).destroy()
      visit(sessionOf(here.app))
      await stage.clock.advance(1_000)
      assert.equal((await first.peer.closed).code, 4001)
      assert.equal(await here.store.load(idIn(first.cookie)), undefined)
    },
  },
  {
    name: 'who presents the id of a session while it is being destroyed gets a new one',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      shop.store.hold('destroy')
      const destroyed = sessionOf(shop.app).destroy()
      const second = await come(served, first.cookie)
      assert.notEqual(second.cookie, first.cookie)
      shop.store.answer()
      await destroyed
    },
  },
]

function firstOf({ app }: ReturnType<typeof open>): ReturnType<typeof sessionOf> {
  const [session] = sessionsOf(app)
  if (session === undefined) throw new Error('there is no connection')
  return session
}
