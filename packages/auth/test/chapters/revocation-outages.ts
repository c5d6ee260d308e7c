import { strict as assert } from 'node:assert'
import type { Behaviour } from '@linkspan/testing'
import type { Revocation } from '../../src/index.js'
import { memoryBus } from '../memory-bus.js'
import { together } from './fleet.js'
import { DEADLINE, node, nodes, pair, REVOKED } from './revocation-node.js'
import { askedWho, refusalOf } from './support.js'
import { asking, at, enter } from './tokens.js'

const STALE =
  '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"refresh the credentials","code":4200}'
const UNKNOWN =
  '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"revocations are unknown","code":1013}'

/** What a node does that does not hear the others. */
export const outages: readonly Behaviour[] = [
  together(
    'fault 27: with the broker down nothing happens before the deadline; then connections are closed with 1013, and handshakes get 503',
    async (stage, fleet) => {
      const [here, there] = await pair(stage, fleet)
      const peer = await enter(here.served)
      const neighbour = await enter(there.served)
      here.cut()
      await stage.clock.advance(DEADLINE - 1)
      await askedWho(peer)
      const late = await enter(here.served)
      await stage.clock.advance(1)
      for (const closed of [peer, late]) {
        assert.deepEqual(await closed.closed, { code: 1013, reason: 'revocations are unknown' })
      }
      await here.record.next('close')
      const refusal = refusalOf(await here.served.answer(await asking()))
      assert.equal(refusal.status, 503)
      assert.equal(refusal.headers['retry-after'], '5')
      assert.equal(refusal.body, UNKNOWN)
      await askedWho(neighbour)
      await here.mend()
      await enter(here.served, { iat: at(DEADLINE / 1_000) })
      assert.deepEqual(
        here.events.map((event) => (event.type === 'bus' ? event.sure : event.type)),
        [true, false, 'overdue', true, 'missed'],
      )
    },
  ),
  {
    name: 'what was revoked while the bus was down is caught up when it is back',
    async run(stage) {
      const [here, there] = await nodes(stage)
      const peer = await enter(there.served)
      const eve = await enter(there.served, { sub: 'eve' })
      there.bus.cut()
      const { published } = await here.revocations.revoke({ subject: 'ada' })
      assert.equal(published, true)
      await stage.clock.advance(DEADLINE - 1)
      await askedWho(peer)
      there.bus.mend()
      assert.equal((await peer.closed).code, 4001)
      await there.record.next('close')
      assert.equal(refusalOf(await there.served.answer(await asking())).body, REVOKED)
      await stage.clock.advance(DEADLINE)
      await askedWho(eve)
      const told = there.events.find((event) => event.type === 'revoked')
      assert.equal(told?.latency, DEADLINE - 1)
    },
  },
  together(
    'a node that is cut off closes its own at once, and tells the others when it is back',
    async (stage, fleet) => {
      const [here, there] = await pair(stage, fleet)
      const ours = await enter(here.served)
      const theirs = await enter(there.served)
      here.cut()
      const report = await here.revocations.revoke({ subject: 'ada' })
      assert.deepEqual([report.closed, report.published], [1, false])
      assert.equal((await ours.closed).code, 4001)
      assert.equal(here.revocations.stats().waiting, 1)
      await askedWho(theirs)
      await here.mend()
      assert.equal((await theirs.closed).code, 4001)
      await there.record.next('close')
      await stage.until(() => here.revocations.stats().waiting === 0, 'nothing waits for the bus')
    },
  ),
  {
    name: 'a node that begins later knows what was revoked before',
    async run(stage) {
      const bus = memoryBus<Revocation>()
      const here = await node(stage, bus)
      await here.revocations.revoke({ subject: 'ada' })
      const there = await node(stage, bus.link())
      await stage.until(() => there.revocations.stats().sure, 'it has caught up')
      assert.equal(refusalOf(await there.served.answer(await asking())).body, REVOKED)
      await enter(there.served, { sub: 'eve' })
    },
  },
  together(
    'after an outage of a broker, which keeps nothing, connections are closed with 4200, and older credentials refused until they are refreshed',
    async (stage, fleet) => {
      const [, there] = await pair(stage, fleet)
      const peer = await enter(there.served)
      there.cut()
      await stage.clock.advance(10_000)
      await askedWho(peer)
      await there.mend()
      assert.deepEqual(await peer.closed, { code: 4200, reason: 'refresh the credentials' })
      await there.record.next('close')
      const refusal = refusalOf(await there.served.answer(await asking()))
      assert.equal(refusal.status, 401)
      assert.equal(refusal.body, STALE)
      await enter(there.served, { iat: at(10), jti: 'fresh' })
    },
  ),
  {
    name: 'a node whose bus never came is held to the deadline from its beginning',
    async run(stage) {
      const bus = memoryBus<Revocation>()
      bus.cut()
      const here = await node(stage, bus)
      const peer = await enter(here.served)
      await stage.clock.advance(DEADLINE)
      assert.equal((await peer.closed).code, 1013)
      await here.record.next('close')
      assert.equal(refusalOf(await here.served.answer(await asking())).status, 503)
      here.revocations.close()
    },
  },
  {
    name: 'close() lets go of the bus and of every timer; handshakes then get 503',
    async run(stage) {
      const [here] = await nodes(stage)
      const peer = await enter(here.served)
      here.bus.cut()
      here.revocations.close()
      assert.equal(here.bus.listeners, 0)
      await stage.clock.advance(2 * DEADLINE)
      await askedWho(peer)
      assert.equal(refusalOf(await here.served.answer(await asking())).status, 503)
      await assert.rejects(here.revocations.revoke({ subject: 'ada' }), { code: 'LINKSPAN_STATE' })
    },
  },
]
