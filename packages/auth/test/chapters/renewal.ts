import { strict as assert } from 'node:assert'
import type { Authenticated, Identity, Linkspan } from '@linkspan/core'
import type { Behaviour, Chapter, Peer, Stage } from '@linkspan/testing'
import {
  authorize,
  can,
  type RenewalOptions,
  type RenewalOutcome,
  rechecked,
  renewal,
  revocation,
} from '../../src/index.js'
import { askedWho, refusalOf } from './support.js'
import { asking, at, type Claims, enter, renewalWith, tokensOf } from './tokens.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A client of an application that renews, and else tells whoever writes to it who it is. */
async function leased(
  stage: Stage,
  options: Partial<RenewalOptions<Authenticated>> = {},
  claims: Claims = {},
) {
  const tokens = tokensOf(stage)
  const outcomes: RenewalOutcome[] = []
  const app = stage.app({ heartbeat: false })
  const heard: string[] = []
  app
    .use(tokens)
    .message(
      renewal({ tokens, clock: stage.clock, onOutcome: (_, outcome) => outcomes.push(outcome), ...options }),
    )
    .message((conn, message) => {
      heard.push(message.text())
      conn.send(JSON.stringify(conn.identity))
    })
  const served = await stage.serve(app)
  return { app, outcomes, heard, record: stage.record(app), peer: await enter(served, claims) }
}

async function answered(peer: Peer): Promise<unknown> {
  return JSON.parse(String(await peer.next()))
}

const leases: readonly Behaviour[] = [
  {
    name: 'a fresh token on the connection moves its end, and is answered',
    async run(stage) {
      const { peer, record } = await leased(stage)
      peer.send(await renewalWith({ exp: at(7_200) }))
      assert.deepEqual(await answered(peer), { type: 'renewed', expiresAt: at(7_200) * 1_000 })
      await stage.clock.advance(HOUR + MINUTE)
      assert.equal(((await askedWho(peer)) as Identity).expiresAt, at(7_200) * 1_000)
      await stage.clock.advance(HOUR - MINUTE)
      assert.equal((await peer.closed).code, 4200)
      assert.equal(record.of('expiring').length, 1)
      await record.next('close')
    },
  },
  {
    name: 'credentials that nobody renews are announced, and end with 4200',
    async run(stage) {
      const { peer, record } = await leased(stage)
      await stage.clock.advance(HOUR)
      assert.equal((await peer.closed).code, 4200)
      assert.deepEqual(
        record.of('expiring').map(({ in: left }) => left),
        [MINUTE],
      )
      assert.equal((await record.next('close')).info.code, 4200)
    },
  },
  {
    name: 'what is sent behind a renewal is handled as the renewed identity, and not before it',
    async run(stage) {
      const { peer } = await leased(stage)
      peer.sendBurst([await renewalWith({ scope: 'chat:write' }), 'who am I?'])
      assert.equal(((await answered(peer)) as RenewalOutcome).type, 'renewed')
      assert.deepEqual(((await answered(peer)) as Identity).scopes, ['chat:write'])
    },
  },
  {
    name: 'a renewal is recognised however its JSON is spelled',
    async run(stage) {
      const { peer } = await leased(stage)
      const token = (JSON.parse(await renewalWith({})) as { token: string }).token
      for (const spelling of [
        `{"type": "renew", "token": "${token}"}`,
        `\n{\t"type" :\r\n"renew","more":1,"token":"${token}" }`,
      ]) {
        peer.send(spelling)
        assert.equal(((await answered(peer)) as RenewalOutcome).type, 'renewed')
      }
    },
  },
  {
    name: 'what only looks like a renewal is handled by the application',
    async run(stage) {
      const { peer, heard, outcomes } = await leased(stage, { maxSize: 1_000 })
      const others = [
        '{"type":"renew"}',
        '{"type":"renew","token":7}',
        '{"type":"renew","token":"x"',
        '{"type":"renew","type":"chat","token":"x"}',
        '{"type":"renewal","token":"x"}',
        '{"type":"chat","text":"{\\"type\\":\\"renew\\"}"}',
        '{"token":"x","type":"renew"}',
        '["type","renew","token","x"]',
        `{"type":"renew","token":"${'x'.repeat(1_000)}"}`,
        '{',
        '',
      ]
      for (const other of others) {
        peer.send(other)
        assert.equal(((await answered(peer)) as Identity).subject, 'ada')
      }
      const binary = new TextEncoder().encode('{"type":"renew","token":"x"}')
      peer.send(binary)
      await answered(peer)
      assert.deepEqual(heard, [...others, '{"type":"renew","token":"x"}'])
      assert.deepEqual(outcomes, [])
    },
  },
]

const refusals: readonly Behaviour[] = [
  {
    name: 'a bad token is answered and the old lease goes on; the third in a row ends it with 4010',
    async run(stage) {
      const { peer, record, outcomes } = await leased(stage)
      const bad = JSON.stringify({ type: 'renew', token: 'no token' })
      for (const next of [bad, bad]) {
        peer.send(next)
        assert.deepEqual(await answered(peer), { type: 'renewal-refused', why: 'invalid' })
      }
      peer.send(await renewalWith({}))
      assert.equal(((await answered(peer)) as RenewalOutcome).type, 'renewed')
      for (const next of [bad, bad, bad]) {
        peer.send(next)
        assert.deepEqual(await answered(peer), { type: 'renewal-refused', why: 'invalid' })
      }
      assert.deepEqual(await peer.closed, { code: 4010, reason: 'too many bad tokens' })
      assert.equal(outcomes.filter(({ type }) => type === 'refused').length, 5)
      assert.equal((await record.next('close')).info.code, 4010)
    },
  },
  ...(
    [
      ['another subject', { sub: 'eve', tenant: 'acme' }],
      ['another tenant', { tenant: 'evil' }],
      ['no tenant', { tenant: undefined }],
    ] as const
  ).map(
    ([whom, claims]): Behaviour => ({
      name: `a token of ${whom} ends the connection with 4003, and changes nothing`,
      async run(stage) {
        const { peer, record, app } = await leased(stage, {}, { tenant: 'acme' })
        const [conn] = app.connections
        peer.send(await renewalWith(claims))
        assert.equal((await peer.closed).code, 4003)
        assert.equal((await record.next('close')).info.code, 4003)
        assert.equal(conn?.identity?.subject, 'ada')
        assert.equal(conn?.identity?.tenant, 'acme')
      },
    }),
  ),
  {
    name: 'a verification that takes too long is answered as unavailable, and the old lease goes on',
    async run(stage) {
      const hanging = { verify: () => new Promise<never>(() => {}) }
      const { peer, outcomes } = await leased(stage, { tokens: hanging, timeout: 2_000 })
      peer.send(await renewalWith({}))
      await stage.until(() => stage.clock.pending > 1, 'the verification has begun')
      await stage.clock.advance(2_000)
      assert.deepEqual(await answered(peer), { type: 'renewal-refused', why: 'unavailable' })
      assert.deepEqual(outcomes, [{ type: 'refused', why: 'unavailable', cause: undefined }])
      assert.equal(((await askedWho(peer)) as Identity).subject, 'ada')
    },
  },
  {
    name: 'a verification that is under way when the connection closes is discarded',
    async run(stage) {
      let verified: (identity: Identity) => void = () => {}
      const slow = { verify: () => new Promise<Identity>((resolve) => (verified = resolve)) }
      const { app, peer, record, outcomes } = await leased(stage, { tokens: slow })
      peer.send(await renewalWith({}))
      const [conn] = app.connections
      await stage.until(() => stage.clock.pending > 1, 'the verification has begun')
      peer.close(1000)
      // Closed without the verifier's answer, nor its deadline.
      assert.equal((await record.next('close')).info.code, 1000)
      verified({ subject: 'ada', roles: ['admin'] })
      await stage.clock.advance(0)
      assert.equal(conn?.identity?.roles, undefined)
      assert.deepEqual(outcomes, [])
    },
  },
  {
    name: 'more renewals than allowed, good ones too, end it with 4101',
    async run(stage) {
      const { peer, record } = await leased(stage, { attempts: 2, per: MINUTE })
      const good = await renewalWith({})
      for (let round = 0; round < 2; round += 1) {
        for (const next of [good, good]) {
          peer.send(next)
          assert.equal(((await answered(peer)) as RenewalOutcome).type, 'renewed')
        }
        await stage.clock.advance(MINUTE)
      }
      peer.sendBurst([good, good, good])
      assert.equal((await peer.closed).code, 4101)
      assert.equal((await record.next('close')).info.code, 4101)
    },
  },
]

const decisions: readonly Behaviour[] = [
  {
    name: 'whom the policy of the handshake does not allow any more is closed with 4003',
    async run(stage) {
      const tokens = tokensOf(stage)
      const app = stage.app()
      const actions: string[] = []
      app
        .use(tokens)
        .use(
          authorize(can('chat'), {
            onDecision: ({ action, allowed, target }) => actions.push(`${action} ${target} ${allowed}`),
          }),
        )
        .message(renewal({ tokens, clock: stage.clock }))
      const record = stage.record(app)
      const peer = await enter(await stage.serve(app), { scope: 'chat' })
      peer.send(await renewalWith({ scope: 'chat more' }))
      assert.equal(((await answered(peer)) as RenewalOutcome).type, 'renewed')
      peer.send(await renewalWith({ scope: 'less' }))
      assert.equal((await peer.closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
      assert.deepEqual(actions, ['connect / true', 'renew / true', 'renew / false'])
    },
  },
  {
    name: 'topics that a renewed identity may not be in are left',
    async run(stage) {
      const tokens = tokensOf(stage)
      const app = stage.app()
      app
        .use(tokens)
        .topics('room:*', { join: can('room:read') })
        .message(renewal({ tokens, clock: stage.clock }))
        .message((conn) => {
          conn.join('room:1')
          conn.join('lobby')
          conn.send('joined')
        })
      const peer = await enter(await stage.serve(app), { scope: 'room:read' })
      peer.send('join')
      assert.equal(await peer.next(), 'joined')
      const [conn] = app.connections
      assert.deepEqual([...(conn?.topics ?? [])], ['room:1', 'lobby'])
      peer.send(await renewalWith({ scope: 'nothing' }))
      await answered(peer)
      assert.deepEqual([...(conn?.topics ?? [])], ['lobby'])
    },
  },
]

/** An application that renews by hand, whenever a message says with which claims. */
function byHand<Data extends Authenticated>(app: Linkspan<Data>): Linkspan<Data> {
  return app.message(async (conn, message) => {
    conn.renew({ subject: 'ada', ...message.json<Partial<Identity>>() })
    if (await rechecked(conn)) conn.send('renewed')
  })
}

const hands: readonly Behaviour[] = [
  ...(
    [
      ['at once', (allowed: boolean) => allowed],
      ['later', async (allowed: boolean) => allowed],
    ] as const
  ).map(
    ([when, answer]): Behaviour => ({
      name: `a renewal by hand asks the policy of the handshake again, which answers ${when}: 4003 for whom it does not allow any more`,
      async run(stage) {
        const actions: string[] = []
        const app = stage
          .app()
          .use(tokensOf(stage))
          .use(
            authorize((conn) => answer(conn.identity.scopes?.includes('chat') === true), {
              onDecision: ({ action, allowed }) => actions.push(`${action} ${allowed}`),
            }),
          )
        const record = stage.record(app)
        const peer = await enter(await stage.serve(byHand(app)), { scope: 'chat' })
        peer.send('{"scopes":["chat","more"]}')
        assert.equal(await peer.next(), 'renewed')
        peer.sendBurst(['{"scopes":["less"]}', '{"scopes":["chat"]}'])
        assert.deepEqual(await peer.closed, { code: 4003, reason: 'no longer allowed' })
        assert.equal((await record.next('close')).info.code, 4003)
        assert.deepEqual(actions, ['connect true', 'renew true', 'renew false'])
        assert.deepEqual(record.of('error'), [])
      },
    }),
  ),
  {
    name: 'a renewal by hand with credentials that were revoked closes with 4001',
    async run(stage) {
      const revocations = revocation({ clock: stage.clock })
      const app = stage.app().use(tokensOf(stage)).use(revocations)
      const record = stage.record(app)
      const peer = await enter(await stage.serve(byHand(app)))
      await revocations.revoke({ tokenId: 'leaked' })
      peer.send('{"claims":{"jti":"good"}}')
      assert.equal(await peer.next(), 'renewed')
      peer.send('{"claims":{"jti":"leaked"}}')
      assert.deepEqual(await peer.closed, { code: 4001, reason: 'revoked' })
      assert.equal((await record.next('close')).info.code, 4001)
      assert.equal(revocations.stats().tracked, 0)
    },
  },
  {
    name: 'a policy that fails after a renewal closes with 1011, and is an error',
    async run(stage) {
      let asked = 0
      const app = stage
        .app()
        .use(tokensOf(stage))
        .use(
          authorize(() => {
            asked += 1
            if (asked > 1) throw new Error('the directory is gone')
            return true
          }),
        )
      const record = stage.record(app)
      const peer = await enter(await stage.serve(byHand(app)))
      peer.send('{}')
      assert.deepEqual(await peer.closed, { code: 1011, reason: '' })
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_MIDDLEWARE')
      assert.equal((await record.next('close')).info.code, 1011)
    },
  },
  {
    name: 'a renewal in the pipeline, behind a policy and revocation, is decided again before the 101',
    async run(stage) {
      const revocations = revocation({ clock: stage.clock })
      const outcomes: [Partial<Identity>, number, number][] = [
        [{ claims: { jti: 'leaked' }, scopes: ['chat'] }, 401, 4001],
        [{ scopes: [] }, 403, 4003],
      ]
      await revocations.revoke({ tokenId: 'leaked' })
      for (const [renewed, status, code] of outcomes) {
        const app = stage
          .app()
          .use(tokensOf(stage))
          .use(revocations)
          .use(authorize(can('chat')))
          .use((conn, next) => {
            conn.renew({ subject: 'ada', ...renewed })
            return next()
          })
        const record = stage.record(app)
        const served = await stage.serve(app)
        assert.equal(refusalOf(await served.answer(await asking({ scope: 'chat' }))).status, status)
        assert.equal((await record.next('close')).info.code, code)
      }
    },
  },
]

/** A fresh token, sent on the connection that it is for; or a renewal by hand. */
export const chapter: Chapter = {
  title: 'renewal',
  behaviours: [...leases, ...refusals, ...decisions, ...hands],
}
