import { strict as assert } from 'node:assert'
import { memoryStore } from '@linkspan/session'
import type { Behaviour } from '@linkspan/testing'
import { come, emptied, idIn, open, sessionOf, sessionsOf, visit } from './visitor.js'

/** How changes reach the store. */
export const saving: readonly Behaviour[] = [
  {
    name: 'changes are written together, once the delay is over',
    async run(stage) {
      const shop = open(stage)
      await come(await stage.serve(shop.app))
      for (let i = 0; i < 50; i += 1) visit(sessionOf(shop.app))
      await stage.clock.advance(999)
      assert.equal(shop.store.count('save'), 1)
      await stage.clock.advance(1)
      assert.equal(shop.store.count('save'), 2)
      await stage.clock.advance(10_000)
      assert.equal(shop.store.count('save'), 2)
    },
  },
  {
    name: 'one write of a session is under way at a time, and what changes meanwhile is written after it',
    async run(stage) {
      const shop = open(stage)
      await come(await stage.serve(shop.app))
      shop.store.hold('save')
      visit(sessionOf(shop.app))
      await stage.clock.advance(1_000)
      visit(sessionOf(shop.app))
      await stage.clock.advance(900)
      assert.equal(shop.store.count('save'), 2)
      shop.store.answer()
      await stage.clock.advance(1_000)
      assert.equal(shop.store.count('save'), 3)
      assert.equal(shop.sessions.stats().dirty, 0)
    },
  },
  {
    name: 'what was changed is written before the connection is closed, also by the last who had it',
    async run(stage) {
      const shop = open(stage)
      shop.app.use((conn, next) => {
        conn.defer(() => visit(conn.data.session))
        return next()
      })
      const first = await come(await stage.serve(shop.app))
      first.peer.send('hello')
      await first.peer.next()
      first.peer.cut()
      await emptied(stage, shop)
      const stored = await shop.store.load(idIn(first.cookie))
      assert.deepEqual(JSON.parse(stored?.data ?? '').v, { visits: 2 })
      assert.equal(shop.sessions.stats().dirty, 0)
    },
  },
  {
    name: 'a write that fails is told, tried again, and kept for when the store is back',
    async run(stage) {
      const told: string[] = []
      const shop = open(stage, { onError: ({ code }) => told.push(code) })
      const { peer, cookie } = await come(await stage.serve(shop.app))
      shop.store.fail('save')
      peer.send('hello')
      assert.equal(await peer.next(), '1 hello')
      stage.record(shop.app).expectErrors('LINKSPAN_STORE')
      peer.close()
      await emptied(stage, shop)
      assert.deepEqual(shop.sessions.stats(), {
        live: 1,
        returned: 0,
        dirty: 1,
        conflicts: 0,
        failures: 1,
        retries: 1,
      })
      await stage.clock.advance(20_000)
      assert.ok(shop.store.count('save') >= 4)
      assert.ok(shop.store.count('save') <= 16)
      assert.equal(told.length, shop.sessions.stats().failures)
      shop.store.fail()
      await stage.clock.advance(5_000)
      assert.deepEqual(JSON.parse((await shop.store.load(idIn(cookie)))?.data ?? '').v, { visits: 1 })
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'a write whose answer is lost is not made twice',
    async run(stage) {
      const shop = open(stage)
      await come(await stage.serve(shop.app))
      const session = sessionOf(shop.app)
      shop.store.unanswered = 1
      visit(session)
      await assert.rejects(session.flush(), { code: 'LINKSPAN_STORE' })
      visit(session)
      await session.flush()
      assert.equal(session.get('visits'), 2)
      assert.deepEqual(JSON.parse((await shop.store.load(session.id))?.data ?? '').v, { visits: 2 })
    },
  },
  {
    name: 'flush() writes all that waits, also of connections that are over',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      shop.store.fail('save')
      stage.record(shop.app).expectErrors('LINKSPAN_STORE')
      first.peer.send('hello')
      await first.peer.next()
      first.peer.close()
      await emptied(stage, shop)
      const down = shop.sessions.flush({ timeout: 300 })
      await stage.clock.advance(300)
      assert.deepEqual(await down, { unsaved: 1 })
      shop.store.fail()
      assert.deepEqual(await shop.sessions.flush(), { unsaved: 0 })
      assert.deepEqual(JSON.parse((await shop.store.load(idIn(first.cookie)))?.data ?? '').v, { visits: 1 })
    },
  },
  {
    name: 'a drain leaves nothing unwritten',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const visitors = await Promise.all(Array.from({ length: 10 }, () => come(served)))
      for (const { peer } of visitors) {
        peer.send('hello')
        await peer.next()
      }
      const drained = shop.app.drain({ grace: 1_000 })
      await stage.clock.advance(1_000)
      await drained
      assert.deepEqual(await shop.sessions.flush(), { unsaved: 0 })
      for (const { cookie } of visitors) {
        assert.deepEqual(JSON.parse((await shop.store.load(idIn(cookie)))?.data ?? '').v, { visits: 1 })
      }
    },
  },
  {
    name: 'past maxDirty changes are written at once, and newcomers are refused',
    async run(stage) {
      const shop = open(stage, { maxDirty: 1 })
      const served = await stage.serve(shop.app)
      await come(served)
      await come(served)
      const before = shop.store.count('save')
      const [one, other] = sessionsOf(shop.app)
      for (const session of [one, other]) if (session !== undefined) visit(session)
      await stage.clock.advance(0)
      assert.equal(shop.store.count('save'), before + 1)
      const answer = await served.answer()
      assert.ok(!answer.upgraded)
      assert.equal(answer.status, 503)
      assert.equal(answer.headers['retry-after'], '1')
      await stage.clock.advance(1_000)
      assert.equal(shop.store.count('save'), before + 2)
      await come(served)
    },
  },
  {
    name: 'a rolling session is extended while it is used, at most once in half of its time',
    async run(stage) {
      const shop = open(stage, { ttl: 60_000 }, memoryStore({ clock: stage.clock }))
      const served = await stage.serve(shop.app)
      const first = await come(served)
      for (let i = 0; i < 10; i += 1) {
        await stage.clock.advance(30_000)
      }
      assert.ok(shop.store.count('touch') >= 8)
      assert.ok(shop.store.count('touch') <= 10)
      assert.equal(sessionOf(shop.app).ended, false)
      first.peer.close()
      await emptied(stage, shop)
      await stage.clock.advance(59_000)
      const second = await come(served, first.cookie)
      assert.equal(second.cookie, first.cookie)
      second.peer.close()
      await emptied(stage, shop)
      await stage.clock.advance(60_000)
      assert.notEqual((await come(served, first.cookie)).cookie, first.cookie)
    },
  },
  {
    name: 'a session that does not roll ends at its time, and closes its connections with 4200',
    async run(stage) {
      const shop = open(stage, { ttl: 60_000, rolling: false })
      const served = await stage.serve(shop.app)
      const { peer, cookie } = await come(served)
      await stage.clock.advance(40_000)
      visit(sessionOf(shop.app))
      await stage.clock.advance(19_999)
      assert.equal(sessionOf(shop.app).ended, false)
      await stage.clock.advance(1)
      assert.deepEqual(await peer.closed, { code: 4200, reason: 'the session has expired' })
      assert.notEqual((await come(served, cookie)).cookie, cookie)
    },
  },
]
