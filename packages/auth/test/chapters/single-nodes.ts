import { strict as assert } from 'node:assert'
import type { Behaviour, Peer } from '@linkspan/testing'
import { together } from './fleet.js'
import { pair } from './single-node.js'
import { askedWho } from './support.js'
import { enter } from './tokens.js'

/** How often two come at once: which of them stays is up to their ids. */
const RACES = 4

/** One connection a key on all nodes together. */
export const several: readonly Behaviour[] = [
  together(
    'fault 28: a connection on one node replaces the one on another, with 4002',
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet)
      const first = await enter(here.served)
      const second = await enter(there.served)
      assert.deepEqual(await first.closed, { code: 4002, reason: 'replaced' })
      await here.record.next('close')
      const third = await enter(here.served)
      assert.equal((await second.closed).code, 4002)
      await there.record.next('close')
      await askedWho(third)
      assert.deepEqual([here.one.held(), there.one.held()], [1, 0])
    },
  ),
  together(
    "fault 28: with 'reject', the one that was first stays, and the newcomer on another node is closed with 4002",
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet, { onConflict: 'reject' })
      const first = await enter(here.served)
      await here.record.next('open')
      const second = await enter(there.served)
      assert.deepEqual(await second.closed, { code: 4002, reason: 'already connected' })
      await there.record.next('close')
      await askedWho(first)
    },
  ),
  ...(['replace', 'reject'] as const).map((onConflict) =>
    together(
      `fault 28: with '${onConflict}', of two that come at once on two nodes exactly one stays`,
      async (stage, fleet) => {
        const { here, there } = await pair(stage, fleet, { onConflict })
        for (let race = 0; race < RACES; race += 1) {
          const waiting = [await here.begin(`/${race}`), await there.begin(`/${race}`)]
          for (const { go } of waiting) go()
          const peers: Peer[] = []
          for (const { attempt } of waiting) {
            const answer = await attempt.answer
            assert.ok(answer.upgraded)
            peers.push(answer.peer)
          }
          const ends = peers.map(async (peer) => ({ peer, ...(await peer.closed) }))
          const loser = await Promise.race(ends)
          assert.equal(loser.code, 4002)
          const nodeOf = [here, there][peers.indexOf(loser.peer)]
          await nodeOf?.record.next('close')
          const winner = peers.find((peer) => peer !== loser.peer)
          assert.ok(winner)
          await askedWho(winner)
          assert.equal(here.one.held() + there.one.held(), 1)
          winner.close(1000)
          await (nodeOf === here ? there : here).record.next('close')
        }
      },
    ),
  ),
  together(
    'while a node is cut off one may stay on either side; when it is back one is left, the later one',
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet)
      there.cut()
      const first = await enter(here.served)
      await here.record.next('open')
      await stage.clock.advance(1)
      const second = await enter(there.served)
      await askedWho(second)
      await askedWho(first)
      await there.mend()
      assert.equal((await first.closed).code, 4002)
      await here.record.next('close')
      await askedWho(second)
    },
  ),
  together(
    'a node that was cut off makes known again what all had heard before, and hears what it missed',
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet)
      const first = await enter(there.served)
      await there.record.next('open')
      await stage.clock.advance(1)
      there.cut()
      const second = await enter(here.served)
      await askedWho(second)
      await askedWho(first)
      await there.mend()
      assert.equal((await first.closed).code, 4002)
      await there.record.next('close')
      await askedWho(second)
    },
  ),
  together(
    'a node that was cut off hears that it lost: its connection is the earlier one',
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet)
      there.cut()
      const first = await enter(there.served)
      await there.record.next('open')
      await stage.clock.advance(1)
      const second = await enter(here.served)
      await askedWho(second)
      await there.mend()
      assert.equal((await first.closed).code, 4002)
      await there.record.next('close')
      await askedWho(second)
    },
  ),
  together(
    'who has left while their node was cut off replaces nobody when it is back',
    async (stage, fleet) => {
      const { here, there } = await pair(stage, fleet)
      const first = await enter(here.served)
      await here.record.next('open')
      there.cut()
      await stage.clock.advance(1)
      const gone = await enter(there.served)
      await there.record.next('open')
      gone.close(1000)
      await there.record.next('close')
      await there.mend()
      // Nodes hear of what was published in order: what the other one says now comes after all it had kept.
      const second = await enter(there.served, { sub: 'eve' })
      const third = await enter(here.served, { sub: 'eve' })
      assert.equal((await second.closed).code, 4002)
      await there.record.next('close')
      await askedWho(third)
      await askedWho(first)
    },
  ),
]
