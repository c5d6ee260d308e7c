import { strict as assert } from 'node:assert'
import type { Behaviour, Chapter, Stage } from '@linkspan/testing'
import {
  type MemoryBus,
  memoryBus,
  type Revocation,
  type RevocationEvent,
  type RevocationOptions,
  renewal,
  revocation,
} from '../../src/index.js'
import { askedWho, refusalOf } from './support.js'
import { asking, at, enter, renewalWith, tokensOf } from './tokens.js'

const DEADLINE = 30_000
const REVOKED = '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"revoked","code":4001}'
const STALE =
  '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"refresh the credentials","code":4200}'
const UNKNOWN =
  '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"revocations are unknown","code":1013}'

/** One of several nodes: an application behind `jwt` and `revocation`. */
async function node(stage: Stage, bus: MemoryBus<Revocation>, options: RevocationOptions = {}) {
  const tokens = tokensOf(stage)
  const events: RevocationEvent[] = []
  const revocations = revocation({
    bus,
    deadline: DEADLINE,
    clock: stage.clock,
    onEvent: (event) => events.push(event),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...options,
  })
  const app = stage.app({ heartbeat: false })
  app
    .use(tokens)
    .use(revocations)
    .message(renewal({ tokens, clock: stage.clock }))
    .message((conn) => {
      conn.send(JSON.stringify(conn.identity))
    })
  const served = await stage.serve(app)
  return { app, served, revocations, events, bus, record: stage.record(app) }
}

/** Two nodes on one bus. */
async function nodes(stage: Stage, options: RevocationOptions = {}, history?: number) {
  const bus = memoryBus<Revocation>(history === undefined ? {} : { history })
  return [await node(stage, bus, options), await node(stage, bus.link(), options)] as const
}

const closing: readonly Behaviour[] = [
  {
    name: 'every connection of a subject is closed with 4001 on every node, and nobody else is',
    async run(stage) {
      const [here, there] = await nodes(stage)
      const ours = [await enter(here.served), await enter(here.served, { tenant: 'acme' })]
      const theirs = await enter(there.served)
      const eve = await enter(there.served, { sub: 'eve' })
      const report = await here.revocations.revoke({ subject: 'ada' })
      assert.deepEqual({ ...report, id: '', latency: 0 }, { id: '', closed: 2, latency: 0, published: true })
      for (const peer of [...ours, theirs]) {
        assert.deepEqual(await peer.closed, { code: 4001, reason: 'revoked' })
      }
      assert.equal((await there.record.next('close')).info.code, 4001)
      const { closed } = there.revocations.stats()
      assert.equal(closed, 1)
      assert.equal(((await askedWho(eve)) as { subject: string }).subject, 'eve')
    },
  },
  ...(
    [
      ['a session', { session: 's1' }, { sid: 's1' }, { sid: 's2' }],
      ['a token', { tokenId: 't1' }, { jti: 't1' }, { jti: 't2' }],
      [
        'a subject of one tenant',
        { subject: 'ada', tenant: 'acme' },
        { tenant: 'acme' },
        { tenant: 'other' },
      ],
      ['a tenant', { tenant: 'acme' }, { tenant: 'acme', sub: 'eve' }, { tenant: 'other' }],
      [
        'what was issued before an instant',
        { subject: 'ada', before: at(-5) * 1_000 },
        { iat: at(-6) },
        { iat: at(-5) },
      ],
    ] as const
  ).map(
    ([what, query, revoked, spared]): Behaviour => ({
      name: `${what} is revoked on every node, and refused from then on, and others are not`,
      async run(stage) {
        const all = await nodes(stage)
        const losers = await Promise.all(all.map(({ served }) => enter(served, revoked)))
        const others = await Promise.all(all.map(({ served }) => enter(served, spared)))
        await all[0].revocations.revoke(query)
        for (const peer of losers) assert.equal((await peer.closed).code, 4001)
        for (const { served, record } of all) {
          assert.equal((await record.next('close')).info.code, 4001)
          const refusal = refusalOf(await served.answer(await asking(revoked)))
          assert.equal(refusal.status, 401)
          assert.equal(refusal.body, REVOKED)
          await enter(served, spared)
        }
        for (const peer of others) await askedWho(peer)
      },
    }),
  ),
  {
    name: 'credentials that do not say when they were issued count as issued before',
    async run(stage) {
      const [here] = await nodes(stage)
      const peer = await enter(here.served, { iat: undefined })
      const { closed } = await here.revocations.revoke({ subject: 'ada', before: at(-3_600) * 1_000 })
      assert.equal(closed, 1)
      assert.equal((await peer.closed).code, 4001)
    },
  },
  {
    name: 'a revocation that comes while the handshake is under way refuses it with 401',
    async run(stage) {
      const revocations = revocation({ clock: stage.clock })
      let open: () => void = () => {}
      const gate = new Promise<void>((resolve) => (open = resolve))
      let reached = false
      const app = stage.app()
      app
        .use(tokensOf(stage))
        .use(revocations)
        .use(async (_conn, next) => {
          reached = true
          await gate
          return next()
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const answer = served.answer(await asking())
      await stage.until(() => reached, 'it is in the pipeline')
      const report = revocations.revoke({ subject: 'ada' })
      const refusal = refusalOf(await answer)
      open()
      assert.equal(refusal.status, 401)
      assert.equal(refusal.body, REVOKED)
      assert.equal((await report).closed, 1)
      assert.equal((await record.next('close')).info.code, 4001)
      assert.equal(revocations.stats().tracked, 0)
    },
  },
  {
    name: 'after 101 in the handshake, what is revoked is closed with 4001',
    async run(stage) {
      const revocations = revocation({ clock: stage.clock })
      const app = stage.app({ refuse: 'visibly' })
      app.use(tokensOf(stage)).use(revocations)
      const record = stage.record(app)
      const served = await stage.serve(app)
      await revocations.revoke({ subject: 'ada' })
      const peer = await enter(served)
      assert.deepEqual(await peer.closed, { code: 4001, reason: 'revoked' })
      await record.next('close')
    },
  },
  {
    name: 'a renewal with revoked credentials ends the connection with 4001',
    async run(stage) {
      const [here] = await nodes(stage)
      const peer = await enter(here.served, { jti: 'good' })
      await here.revocations.revoke({ tokenId: 'leaked' })
      peer.send(await renewalWith({ jti: 'leaked' }))
      assert.equal((await peer.closed).code, 4001)
      await here.record.next('close')
    },
  },
  {
    name: 'a renewed connection lives by its fresh credentials: the old ones are revoked without it',
    async run(stage) {
      const [here] = await nodes(stage)
      const peer = await enter(here.served, { jti: 'old' })
      peer.send(await renewalWith({ jti: 'new' }))
      await peer.next()
      assert.equal((await here.revocations.revoke({ tokenId: 'old' })).closed, 0)
      await askedWho(peer)
      assert.equal((await here.revocations.revoke({ tokenId: 'new' })).closed, 1)
      assert.equal((await peer.closed).code, 4001)
    },
  },
  {
    name: 'a revocation is forgotten when no token of its time can live any more',
    async run(stage) {
      const [here, there] = await nodes(stage, { remember: 60_000 })
      await here.revocations.revoke({ subject: 'ada' })
      await stage.clock.advance(59_999)
      for (const { served } of [here, there]) {
        assert.equal(refusalOf(await served.answer(await asking())).status, 401)
      }
      await stage.clock.advance(1)
      for (const { served } of [here, there]) await enter(served)
    },
  },
]

const outages: readonly Behaviour[] = [
  {
    name: 'with the bus down nothing happens before the deadline; then connections are closed with 1013, and handshakes get 503',
    async run(stage) {
      const [here, there] = await nodes(stage)
      const peer = await enter(here.served)
      const neighbour = await enter(there.served)
      here.bus.cut()
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
      here.bus.mend()
      await stage.until(() => here.revocations.stats().sure, 'it has caught up')
      await enter(here.served)
      assert.deepEqual(
        here.events.map((event) => (event.type === 'bus' ? event.sure : event.type)),
        [true, false, 'overdue', true],
      )
    },
  },
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
  {
    name: 'a node that is cut off closes its own at once, and tells the others when it is back',
    async run(stage) {
      const [here, there] = await nodes(stage)
      const ours = await enter(here.served)
      const theirs = await enter(there.served)
      here.bus.cut()
      const report = await here.revocations.revoke({ subject: 'ada' })
      assert.deepEqual([report.closed, report.published], [1, false])
      assert.equal((await ours.closed).code, 4001)
      assert.equal(here.revocations.stats().waiting, 1)
      await askedWho(theirs)
      here.bus.mend()
      assert.equal((await theirs.closed).code, 4001)
      await there.record.next('close')
      await stage.until(() => here.revocations.stats().waiting === 0, 'nothing waits for the bus')
    },
  },
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
  {
    name: 'after an outage of a bus that keeps nothing, connections are closed with 4200, and older credentials refused until they are refreshed',
    async run(stage) {
      const [, there] = await nodes(stage, {}, 0)
      const peer = await enter(there.served)
      there.bus.cut()
      await stage.clock.advance(10_000)
      await askedWho(peer)
      there.bus.mend()
      assert.deepEqual(await peer.closed, { code: 4200, reason: 'refresh the credentials' })
      await there.record.next('close')
      const refusal = refusalOf(await there.served.answer(await asking()))
      assert.equal(refusal.status, 401)
      assert.equal(refusal.body, STALE)
      await enter(there.served, { iat: at(10), jti: 'fresh' })
    },
  },
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

/** Credentials that are good no more, on every node. */
export const chapter: Chapter = {
  title: 'revocation',
  behaviours: [...closing, ...outages],
}
