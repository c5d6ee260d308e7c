import { strict as assert } from 'node:assert'
import type { Behaviour, Served, Stage } from '@linkspan/testing'
import { bearing, come, emptied, idIn, open, type Shop, sessionOf, type Visitor, visit } from './visitor.js'

/** Comes, makes a visit that the store does not take, and leaves. */
async function unwritten(stage: Stage, shop: Shop, served: Served): Promise<Visitor> {
  const visitor = await come(served)
  stage.record(shop.app).expectErrors('LINKSPAN_STORE')
  shop.store.fail('save')
  visitor.peer.send('hello')
  assert.equal(await visitor.peer.next(), '1 hello')
  visitor.peer.close()
  await emptied(stage, shop)
  assert.deepEqual(await visitsStored(shop, visitor), { visits: 0 })
  return visitor
}

/** Clients that come back while what they changed is on its way to the store. */
export const returning: readonly Behaviour[] = [
  {
    name: 'who comes back while a write is still tried again sees it, and shares the session until it is written',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await unwritten(stage, shop, served)
      await stage.clock.advance(10_000)
      assert.deepEqual(shop.sessions.stats().live, 1)
      const second = await come(served, first.cookie)
      assert.equal(second.cookie, first.cookie)
      assert.equal(sessionOf(shop.app).get('visits'), 1)
      shop.store.fail()
      await stage.clock.advance(5_000)
      assert.deepEqual(await visitsStored(shop, first), { visits: 1 })
      second.peer.close()
      await emptied(stage, shop)
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'a load that began before a write, and ends after it and after its connection, finds what was written',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await unwritten(stage, shop, served)
      shop.store.delay('load')
      const back = served.answer(bearing(first.cookie))
      await stage.until(() => shop.store.held.length === 1, 'the store has read what there was')
      shop.store.fail()
      await stage.clock.advance(900)
      assert.equal(shop.sessions.stats().dirty, 0)
      shop.store.answer()
      assert.ok((await back).upgraded)
      assert.equal(sessionOf(shop.app).get('visits'), 1)
      assert.deepEqual(await visitsStored(shop, first), { visits: 1 })
      assert.equal(shop.sessions.stats().live, 1)
    },
  },
  {
    name: 'a load that nobody waits for any more keeps nothing',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      shop.store.hold('load')
      const attempt = served.attempt(bearing(first.cookie))
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      first.peer.close()
      await stage.until(() => shop.app.connections.size === 1, 'the first has ended')
      assert.equal(shop.sessions.stats().live, 1)
      await stage.clock.advance(1_000)
      assert.equal((await attempt.answer).upgraded, false)
      await emptied(stage, shop)
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'what is changed after the last connection is seen by the next, and kept no longer than it is written',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      const session = sessionOf(shop.app)
      first.peer.close()
      await emptied(stage, shop)
      assert.equal(shop.sessions.stats().live, 0)
      visit(session)
      assert.equal(shop.sessions.stats().live, 1)
      assert.equal(shop.sessions.stats().returned, 0)
      const second = await come(served, first.cookie)
      assert.equal(shop.sessions.stats().returned, 1)
      assert.equal(sessionOf(shop.app).get('visits'), 1)
      second.peer.close()
      await emptied(stage, shop)
      assert.deepEqual(await visitsStored(shop, first), { visits: 1 })
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'a session that gets a new id after its last connection is not kept for it',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      const session = sessionOf(shop.app)
      shop.store.hold('save')
      const moved = session.regenerate()
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      first.peer.close()
      await emptied(stage, shop)
      shop.store.answer()
      await moved
      await stage.until(() => shop.sessions.stats().dirty === 0, 'the old id is destroyed')
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'what cannot be written for as long as the session lives is given up, and told',
    async run(stage) {
      const told: string[] = []
      const shop = open(stage, { ttl: 60_000, onError: ({ message }) => told.push(message) })
      const served = await stage.serve(shop.app)
      await unwritten(stage, shop, served)
      await stage.clock.advance(65_000)
      assert.deepEqual(
        told.filter((message) => message.includes('lost')),
        ['a session ended before 1 changes of it were written: they are lost.'],
      )
      const { live, dirty } = shop.sessions.stats()
      assert.deepEqual({ live, dirty }, { live: 0, dirty: 0 })
    },
  },
]

async function visitsStored(shop: Shop, { cookie }: Visitor): Promise<unknown> {
  const stored = await shop.store.load(idIn(cookie))
  return JSON.parse(stored?.data ?? '').v
}
