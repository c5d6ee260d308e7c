import { strict as assert } from 'node:assert'
import type { Behaviour, Chapter, ConnectOptions, Stage } from '@linkspan/testing'
import { type JwtSettings, jwt } from '../../src/index.js'
import { ADA, keyPair, NOW, SECRET, sign } from '../issuer.js'
import { keyServer } from '../key-server.js'
import { askedWho, refusalOf, UNAUTHORIZED, whoAmI } from './support.js'

/** Serves an application behind {@link jwt}, with one subprotocol of its own. */
function serve(stage: Stage, settings: JwtSettings = {}) {
  const app = stage
    .app({ protocols: ['chat.v1'], heartbeat: false })
    .use(jwt({ secret: SECRET, clock: stage.clock, ...settings }))
  const record = stage.record(app)
  return stage.serve(whoAmI(app)).then((served) => ({ app, record, served }))
}

/** How a client carries a token, for each place where it can stand. */
const CARRIERS: Readonly<
  Record<'header' | 'protocol' | 'cookie' | 'query', (token: string) => ConnectOptions>
> = {
  header: (token) => ({ headers: { authorization: `Bearer ${token}` } }),
  protocol: (token) => ({ protocols: ['chat.v1', `bearer.${token}`] }),
  cookie: (token) => ({ headers: { cookie: `theme=dark; token=${token}; lang=en` } }),
  query: (token) => ({ path: `/?room=1&access_token=${token}` }),
}
const SOURCES = ['header', 'protocol', 'cookie', 'query'] as const

const sources: readonly Behaviour[] = SOURCES.map((source) => ({
  name: `a token in the ${source} lets its subject in, where it may stand there`,
  async run(stage) {
    const { served, record } = await serve(stage, { from: [source] })
    const peer = await served.connect(CARRIERS[source](await sign({ ...ADA, tenant: 'acme' })))
    assert.deepEqual(await askedWho(peer), {
      subject: 'ada',
      tenant: 'acme',
      expiresAt: (NOW + 3_600) * 1_000,
      claims: { ...ADA, tenant: 'acme' },
    })
    assert.equal(peer.protocol, source === 'protocol' ? 'chat.v1' : '')
    const states = record.of('transition').map(({ to }) => to)
    assert.deepEqual(states, ['authenticated', 'active'])
  },
}))

const ignored: readonly Behaviour[] = SOURCES.map((source) => ({
  name: `a token in the ${source} is not looked at where it may not stand there`,
  async run(stage) {
    const { served } = await serve(stage, { from: SOURCES.filter((other) => other !== source) })
    const refusal = refusalOf(await served.answer(CARRIERS[source](await sign())))
    assert.equal(refusal.status, 401)
    assert.equal(refusal.headers['www-authenticate'], 'Bearer')
  },
}))

const others: readonly Behaviour[] = [
  {
    name: 'without being asked, a token is taken from header and subprotocol only',
    async run(stage) {
      const { served } = await serve(stage)
      const token = await sign()
      for (const source of SOURCES) {
        const answer = await served.answer(CARRIERS[source](token))
        assert.equal(answer.upgraded, source === 'header' || source === 'protocol')
      }
    },
  },
  {
    name: 'the subprotocol that carries the token is never the one that is chosen',
    async run(stage) {
      const { served } = await serve(stage)
      const answer = await served.answer({ protocols: [`bearer.${await sign()}`] })
      assert.ok(answer.upgraded)
      assert.equal(answer.headers['sec-websocket-protocol'], undefined)
    },
  },
  {
    name: 'a client that gives two tokens gets 401, though both are good',
    async run(stage) {
      const { served } = await serve(stage, { from: [...SOURCES] })
      const token = await sign()
      const twice: ConnectOptions[] = [
        { path: `/?access_token=${token}`, headers: { authorization: `Bearer ${token}` } },
        { path: `/?access_token=${token}&access_token=${token}` },
        { protocols: [`bearer.${token}`, `bearer.${await sign({ ...ADA, sub: 'eve' })}`] },
        { headers: { cookie: `token=${token}`, authorization: `Bearer ${token}` } },
        { headers: { cookie: `token=${token}; token=${await sign({ ...ADA, sub: 'eve' })}` } },
        { headers: { authorization: `Bearer ${token}, Bearer ${token}` } },
      ]
      for (const options of twice) {
        const refusal = refusalOf(await served.answer(options))
        assert.deepEqual([refusal.status, refusal.body], [401, UNAUTHORIZED])
      }
    },
  },
  {
    name: 'every token that is not good gets the same 401, which says nothing of why',
    async run(stage) {
      const { served, record } = await serve(stage, { from: [...SOURCES], audience: 'chat' })
      const good = { ...ADA, aud: 'chat' }
      const bad = [
        await sign({ ...good, exp: NOW }),
        await sign({ ...good, nbf: NOW + 60 }),
        await sign({ ...good, aud: 'mail' }),
        await sign({ ...good, sub: undefined }),
        await sign(good, new Uint8Array(32)),
        'x'.repeat(8_193),
        'token',
      ]
      const answers = new Set<string>()
      for (const token of bad) {
        for (const source of SOURCES) {
          const { status, headers, body } = refusalOf(await served.answer(CARRIERS[source](token)))
          answers.add(`${status} ${headers['www-authenticate']} ${headers['content-type']} ${body}`)
        }
      }
      assert.deepEqual(
        [...answers],
        [`401 Bearer error="invalid_token" application/problem+json ${UNAUTHORIZED}`],
      )
      assert.equal(record.of('open').length, 0)
      assert.ok(record.of('reject').every(({ code, reason }) => code === 4010 && reason === ''))
    },
  },
  {
    name: "another scheme than Bearer is somebody else's, and no token",
    async run(stage) {
      const { served } = await serve(stage)
      for (const authorization of ['Basic YWRhOnB3', 'Bearers x', 'Token x']) {
        const refusal = refusalOf(await served.answer({ headers: { authorization } }))
        assert.deepEqual([refusal.status, refusal.headers['www-authenticate']], [401, 'Bearer'])
      }
      const token = await sign()
      await served.connect({ headers: { authorization: `bearer  ${token}` } })
      const both = { headers: { authorization: 'Basic YWRhOnB3' }, protocols: [`bearer.${token}`] }
      await served.connect(both)
    },
  },
  {
    name: 'the connection is closed with 4200 when its token expires, and was told before',
    async run(stage) {
      const { served, record } = await serve(stage)
      const peer = await served.connect(CARRIERS.header(await sign({ sub: 'ada', exp: NOW + 300 })))
      await askedWho(peer)
      await stage.clock.advance(239_999)
      assert.equal(record.of('expiring').length, 0)
      await stage.clock.advance(1)
      const { expiresAt, in: left } = await record.next('expiring')
      assert.deepEqual([expiresAt, left], [(NOW + 300) * 1_000, 60_000])
      await stage.clock.advance(60_000)
      assert.equal((await peer.closed).code, 4200)
    },
  },
  {
    name: 'a token that expires in the year 9999 closes nothing today',
    async run(stage) {
      const { served, app } = await serve(stage)
      const peer = await served.connect(CARRIERS.header(await sign({ sub: 'ada', exp: 253_402_300_799 })))
      await stage.clock.advance(60_000)
      assert.equal(app.connections.size, 1)
      await askedWho(peer)
    },
  },
  {
    name: 'a client that leaves while the keys are fetched is never authenticated, and no error',
    async run(stage) {
      const pair = await keyPair('ES256')
      const server = await keyServer(pair.jwk)
      const held = [] as (() => void)[]
      server.answer = (res) => held.push(() => res.end(JSON.stringify({ keys: server.keys })))
      const app = stage.app().use(jwt({ jwks: server.url, clock: stage.clock }))
      const record = stage.record(app)
      const served = await stage.serve(app)
      const asked = server.asked()
      const attempt = served.attempt(CARRIERS.header(await pair.sign()))
      attempt.answer.catch(() => undefined)
      await asked
      const [conn] = [...app.connections]
      assert.ok(conn !== undefined)
      attempt.cut()
      await stage.until(() => conn.signal.aborted, 'the handshake is aborted')
      for (const answer of held) answer()
      await record.next('close')
      assert.deepEqual([conn.identity, record.of('open').length, record.of('error').length], [null, 0, 0])
    },
  },
]

/** Tokens in the upgrade request. */
export const tokens: Chapter = { title: 'jwt', behaviours: [...sources, ...ignored, ...others] }
