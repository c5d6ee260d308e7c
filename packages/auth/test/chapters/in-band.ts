import { strict as assert } from 'node:assert'
import type { Behaviour, Chapter, Stage } from '@linkspan/testing'
import { type JwtSettings, jwt } from '../../src/index.js'
import { ADA, NOW, SECRET, sign } from '../issuer.js'
import { askedWho, whoAmI } from './support.js'

async function serve(stage: Stage, settings: JwtSettings = {}) {
  const app = stage.app().use(jwt({ secret: SECRET, clock: stage.clock, from: ['message'], ...settings }))
  const record = stage.record(app)
  return { app, record, served: await stage.serve(whoAmI(app)) }
}

const ALLOWED: readonly (readonly [name: string, settings: JwtSettings, say: (token: string) => string])[] = [
  ['as it is', {}, (token) => token],
  ['as JSON', { message: 'json' }, (token) => JSON.stringify({ type: 'auth', token })],
  [
    'in a shape of its own',
    { message: (message) => message.json<{ hello: { jwt: string } }>().hello.jwt },
    (token) => JSON.stringify({ hello: { jwt: token } }),
  ],
]

const taken: readonly Behaviour[] = ALLOWED.map(([name, settings, say]) => ({
  name: `the first message carries the token ${name}, and no handler sees it`,
  async run(stage) {
    const { served, record } = await serve(stage, settings)
    const peer = await served.connect()
    peer.send(say(await sign()))
    await record.next('open')
    assert.deepEqual(await askedWho(peer), { subject: 'ada', expiresAt: (NOW + 3_600) * 1_000, claims: ADA })
    assert.equal(peer.received, 0)
  },
}))

type Say = (good: string) => string | Uint8Array

const REFUSED: readonly (readonly [name: string, settings: JwtSettings, say: Say])[] = [
  ['that is no token', {}, () => 'hello'],
  ['that is empty', {}, () => ''],
  ['whose token is changed', {}, (good) => `${good}x`],
  ['that is longer than a token may be', {}, () => 'x'.repeat(20_000)],
  ['in binary', {}, (good) => new TextEncoder().encode(good)],
  ['with JSON where the token itself is expected', {}, (token) => JSON.stringify({ type: 'auth', token })],
  ['with the token itself where JSON is expected', { message: 'json' }, (good) => good],
  ['of another type', { message: 'json' }, (token) => JSON.stringify({ type: 'hello', token })],
  ['whose token is an object', { message: 'json' }, () => '{"type":"auth","token":{}}'],
  ['that is null', { message: 'json' }, () => 'null'],
  [
    'that a function throws at',
    { message: (message) => message.json<{ a: { b: string } }>().a.b },
    () => '{}',
  ],
  ['that a function finds nothing in', { message: () => undefined }, (good) => good],
]

const refused: readonly Behaviour[] = REFUSED.map(([name, settings, say]) => ({
  name: `a first message ${name} closes with 4010, without a reason`,
  async run(stage) {
    const { served, record } = await serve(stage, settings)
    const peer = await served.connect()
    peer.send(say(await sign()))
    assert.deepEqual(await peer.closed, { code: 4010, reason: '' })
    const { info } = await record.next('close')
    assert.deepEqual([info.code, info.by, info.wireCode], [4010, 'server', 4010])
    assert.deepEqual([record.of('open').length, record.of('error').length], [0, 0])
  },
}))

const others: readonly Behaviour[] = [
  {
    name: 'a client that says nothing is closed with 4010 after 3 s',
    async run(stage) {
      const { served, record } = await serve(stage)
      const peer = await served.connect()
      await stage.clock.advance(2_999)
      assert.equal(record.of('close').length, 0)
      await stage.clock.advance(1)
      assert.equal((await peer.closed).code, 4010)
    },
  },
  {
    name: 'a client with a token in its request is not waited for',
    async run(stage) {
      const { served } = await serve(stage, { from: ['header', 'message'] })
      const peer = await served.connect({ headers: { authorization: `Bearer ${await sign()}` } })
      assert.deepEqual(await askedWho(peer), {
        subject: 'ada',
        expiresAt: (NOW + 3_600) * 1_000,
        claims: ADA,
      })
      const refusal = await served.answer({ headers: { authorization: 'Bearer bad' } })
      assert.ok(!refusal.upgraded)
      assert.equal(refusal.status, 401)
    },
  },
  {
    name: 'a first message that is longer than any token is not looked into',
    async run(stage) {
      let asked = 0
      const message = () => {
        asked += 1
        return undefined
      }
      const { served } = await serve(stage, { message, maxLength: 1_000 })
      for (const length of [1_256, 1_257]) {
        const peer = await served.connect()
        peer.send('x'.repeat(length))
        assert.equal((await peer.closed).code, 4010)
      }
      assert.equal(asked, 1)
    },
  },
  {
    name: 'what a client says behind its token is handled once it is in',
    async run(stage) {
      const { served } = await serve(stage)
      const peer = await served.connect()
      peer.sendBurst([await sign(), 'who am I?'])
      assert.equal(JSON.parse(String(await peer.next())).subject, 'ada')
    },
  },
]

/** Tokens in the first message. */
export const tokensInBand: Chapter = { title: 'jwt in band', behaviours: [...taken, ...refused, ...others] }
