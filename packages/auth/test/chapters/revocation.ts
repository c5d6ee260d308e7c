import { strict as assert } from 'node:assert'
import type { Behaviour, Chapter } from '@linkspan/testing'
import { revocation } from '../../src/index.js'
import { together } from './fleet.js'
import { nodes, pair, REVOKED } from './revocation-node.js'
import { outages } from './revocation-outages.js'
import { askedWho, refusalOf } from './support.js'
import { asking, at, enter, renewalWith, tokensOf } from './tokens.js'

const closing: readonly Behaviour[] = [
  together(
    'fault 27: every connection of a subject is closed with 4001 on every node, and nobody else is',
    async (stage, fleet) => {
      const [here, there] = await pair(stage, fleet)
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
  ),
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

/** Credentials that are good no more, on every node. */
export const chapter: Chapter = {
  title: 'revocation',
  behaviours: [...closing, ...outages],
}
