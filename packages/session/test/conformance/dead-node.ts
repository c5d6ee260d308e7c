import { strict as assert } from 'node:assert'
import { memoryStore } from '@linkspan/session'
import type { Behaviour } from '@linkspan/testing'
import { come, idIn, open, type Shop, sessionOf, visit } from './visitor.js'

/** From here on nothing of this node reaches the store: no goodbye, no last write. */
function die({ store }: Shop): void {
  store.fail('load', 'save', 'touch', 'destroy')
}

/** Nodes that die without goodbye. */
export const deadNode: readonly Behaviour[] = [
  {
    name: 'what a node had written before it died goes on in another one',
    async run(stage) {
      const shared = memoryStore({ clock: stage.clock })
      const here = open(stage, { ttl: 60_000 }, shared)
      const there = open(stage, { ttl: 60_000 }, shared)
      stage.record(here.app).expectErrors('LINKSPAN_STORE')
      const { peer, cookie } = await come(await stage.serve(here.app))
      visit(sessionOf(here.app))
      await sessionOf(here.app).flush()
      // Not written any more: it dies with the node.
      visit(sessionOf(here.app))
      die(here)
      peer.cut()
      const back = await come(await stage.serve(there.app), cookie)
      assert.equal(idIn(back.cookie), idIn(cookie))
      assert.equal(sessionOf(there.app).get('visits'), 1)
      assert.equal(there.sessions.stats().conflicts, 0)
      // Dead processes have no timers; this one gives up when the session is over.
      await stage.clock.advance(65_000)
      assert.equal(here.sessions.stats().dirty, 0)
    },
  },
  {
    name: 'the sessions of a node that died end by themselves, when nobody has come back for them',
    async run(stage) {
      const shared = memoryStore({ clock: stage.clock })
      const here = open(stage, { ttl: 60_000 }, shared)
      const there = open(stage, { ttl: 60_000 }, shared)
      stage.record(here.app).expectErrors('LINKSPAN_STORE')
      const served = await stage.serve(there.app)
      const left = await come(await stage.serve(here.app))
      die(here)
      left.peer.cut()
      const taken = await come(served, left.cookie)
      taken.peer.close()
      await stage.until(() => there.app.connections.size === 0, 'the other node is alone')
      await stage.clock.advance(59_000)
      assert.notEqual(await shared.load(idIn(left.cookie)), undefined)
      await stage.clock.advance(1_000)
      assert.equal(await shared.load(idIn(left.cookie)), undefined)
      assert.notEqual(idIn((await come(served, left.cookie)).cookie), idIn(left.cookie))
    },
  },
]
