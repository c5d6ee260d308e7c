import { strict as assert } from 'node:assert'
import type { Behaviour, Served } from '@linkspan/testing'
import { bearing, come, emptied, open, type Shop, sessionOf } from './visitor.js'

async function assertRefused(served: Served, cookie?: string): Promise<void> {
  const answer = await served.answer(bearing(cookie))
  assert.ok(!answer.upgraded)
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '1')
}

function stored(shop: Shop): number {
  const made = shop.store.asked.filter(({ call }) => call === 'save').map(({ id }) => id)
  const gone = new Set(shop.store.asked.filter(({ call }) => call === 'destroy').map(({ id }) => id))
  return made.filter((id) => !gone.has(id)).length
}

/** A store that is down, hangs, or answers when nobody listens any more. */
export const storeDown: readonly Behaviour[] = [
  {
    name: 'a store that fails refuses the handshake with 503 and Retry-After, and live connections stay',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      shop.store.fail('load', 'save', 'touch', 'destroy')
      await assertRefused(served)
      await assertRefused(served, first.cookie)
      first.peer.send('hello')
      assert.equal(await first.peer.next(), '1 hello')
      shop.store.fail()
      await stage.clock.advance(5_000)
    },
  },
  {
    name: 'a store that hangs refuses the handshake within its timeout, before the handshake is out of time',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      shop.store.hold('load', 'save')
      const { answer } = served.attempt()
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      await stage.clock.advance(1_000)
      const refused = await answer
      assert.ok(!refused.upgraded)
      assert.equal(refused.status, 503)
      shop.store.answer()
      await stage.until(() => shop.sessions.stats().dirty === 0, 'what nobody got is destroyed')
      assert.equal(stored(shop), 0)
    },
  },
  {
    name: 'after five failures in a row nobody waits for the store, but one in a second who asks it again',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      shop.store.fail('save', 'destroy')
      for (let i = 0; i < 20; i += 1) await assertRefused(served)
      assert.equal(shop.store.count('save'), 5)
      await stage.clock.advance(1_000)
      await assertRefused(served)
      await assertRefused(served)
      assert.equal(shop.store.count('save'), 6)
      shop.store.fail()
      await stage.clock.advance(10_000)
      await come(served)
      await come(served)
    },
  },
  {
    name: 'a load that ends after its client has left makes no session',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const first = await come(served)
      first.peer.close()
      await emptied(stage, shop)
      const before = shop.store.count('save')
      shop.store.hold('load')
      const attempt = served.attempt(bearing(first.cookie))
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      attempt.cut()
      await assert.rejects(attempt.answer)
      await stage.until(() => closing(shop), 'the server has heard of it')
      shop.store.answer()
      await emptied(stage, shop)
      assert.equal(shop.store.count('save'), before)
      assert.equal(shop.sessions.stats().live, 0)
    },
  },
  {
    name: 'a session that was made for a client that has left is destroyed',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      shop.store.hold('save')
      const attempt = served.attempt()
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      attempt.cut()
      await assert.rejects(attempt.answer)
      await stage.until(() => closing(shop), 'the server has heard of it')
      shop.store.answer()
      await emptied(stage, shop)
      await stage.until(() => shop.sessions.stats().dirty === 0, 'it is destroyed')
      assert.equal(stored(shop), 0)
    },
  },
  {
    name: 'a store that answers after the handshake has timed out leaves no session',
    async run(stage) {
      const shop = open(stage, { timeout: 5_000 })
      const served = await stage.serve(shop.app)
      shop.store.hold('save')
      const { answer } = served.attempt()
      await stage.until(() => shop.store.held.length === 1, 'the store was asked')
      await stage.clock.advance(3_000)
      assert.equal((await answer).upgraded, false)
      shop.store.answer()
      await emptied(stage, shop)
      await stage.until(() => shop.sessions.stats().dirty === 0, 'it is destroyed')
      assert.equal(stored(shop), 0)
    },
  },
  {
    name: 'something in the store that is no session is replaced by a new one',
    async run(stage) {
      const shop = open(stage)
      const served = await stage.serve(shop.app)
      const id = 'AAAAAAAAAAAAAAAAAAAAAA'
      for (const data of ['{', '[]', '{"v":1,"m":[]}', 'null']) {
        await shop.store.save(id, data, { version: 0, ttl: 10_000 })
        const { cookie, peer } = await come(served, `__Host-linkspan.sid=${id}`)
        assert.ok(!cookie.endsWith(id))
        assert.equal(sessionOf(shop.app).get('visits'), 0)
        peer.close()
        await emptied(stage, shop)
        await shop.store.destroy(id)
      }
    },
  },
]

function closing({ app }: Shop): boolean {
  return [...app.connections].every(({ state }) => state === 'closing')
}
