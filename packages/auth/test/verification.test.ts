import { isDeepStrictEqual } from 'node:util'
import { Rejection } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import fc from 'fast-check'
import { exportSPKI, type JWTPayload } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JwtSettings, JwtTrust } from '../src/index.js'
import { type AuthFailure, jwt } from '../src/index.js'
import { ADA, assemble, keyPair, NOW, outcome, SECRET, sign } from './issuer.js'

let clock: VirtualClock
let failures: AuthFailure[]

beforeEach(() => {
  clock = new VirtualClock()
  failures = []
})

/** Says how a token fares; what the operator is told of it is in `failures`. */
function judge(token: string, settings: JwtSettings = {}, trust: JwtTrust = { secret: SECRET }) {
  const refused = (failure: AuthFailure) => failures.push(failure)
  return outcome(jwt({ clock, refused, ...settings, ...trust }).verify(token))
}

const whys = () => failures.map(({ why, claim }) => (claim === undefined ? why : `${why} ${claim}`))

describe('a token that is good', () => {
  it('is somebody: subject, tenant, roles, scopes, expiry and claims', async () => {
    const claims = { ...ADA, tenant: 'acme', roles: ['admin', 'dev'], scope: 'read  write', plan: 'gold' }
    expect(await judge(await sign(claims))).toEqual({
      subject: 'ada',
      tenant: 'acme',
      roles: ['admin', 'dev'],
      scopes: ['read', 'write'],
      expiresAt: (NOW + 3_600) * 1_000,
      claims,
    })
    expect(failures).toEqual([])
  })

  it('has no tenant, roles or scopes where it does not speak of them', async () => {
    expect(await judge(await sign())).toEqual({
      subject: 'ada',
      expiresAt: (NOW + 3_600) * 1_000,
      claims: ADA,
    })
  })

  it.each(['HS256', 'HS384', 'HS512'])(
    'is signed with a secret by %s, where that is allowed',
    async (alg) => {
      const secret = new Uint8Array(64).fill(7)
      const token = await sign(ADA, secret, { alg })
      expect(await judge(token, { algorithms: [alg] }, { secret })).toMatchObject({ subject: 'ada' })
      if (alg !== 'HS256') expect(await judge(token, {}, { secret })).toBe(401)
    },
  )

  it.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519'])(
    'is signed with a key by %s',
    async (alg) => {
      const pair = await keyPair(alg)
      const token = await pair.sign()
      expect(await judge(token, {}, { key: pair.publicKey })).toMatchObject({ subject: 'ada' })
      expect(await judge(token, {}, { key: pair.jwk })).toMatchObject({ subject: 'ada' })
      expect(await judge(token, {}, { jwks: { keys: [pair.jwk] } })).toMatchObject({ subject: 'ada' })
    },
  )

  it('names issuer and audience where those are asked for', async () => {
    const token = await sign({ ...ADA, iss: 'https://login.example', aud: ['chat', 'mail'] })
    const settings = { issuer: ['https://old.example', 'https://login.example'], audience: 'chat' }
    expect(await judge(token, settings)).toMatchObject({ subject: 'ada' })
  })

  it('may go without expiry where that is allowed', async () => {
    expect(await judge(await sign({ sub: 'robot' }), { allowNoExpiry: true })).toEqual({
      subject: 'robot',
      claims: { sub: 'robot' },
    })
  })

  it('is whoever the mapping says, and expires all the same', async () => {
    const identity = ({ azp }: JWTPayload) => ({ subject: `app:${String(azp)}` })
    const token = await sign({ azp: 'robot', exp: NOW + 60 })
    expect(await judge(token, { identity })).toEqual({
      subject: 'app:robot',
      expiresAt: (NOW + 60) * 1_000,
    })
    const shorter = () => ({ subject: 'robot', expiresAt: 5 })
    expect(await judge(token, { identity: shorter })).toEqual({ subject: 'robot', expiresAt: 5 })
  })

  it('gives its connection the tolerance that it has itself', async () => {
    const token = await sign({ sub: 'ada', exp: NOW - 4, nbf: NOW + 5 })
    expect(await judge(token, { clockTolerance: 5_000 })).toMatchObject({ expiresAt: (NOW + 1) * 1_000 })
    await clock.advance(1_000)
    expect(await judge(token, { clockTolerance: 5_000 })).toBe(401)
  })
})

describe('a token that is not good is 401, and only the operator hears why:', () => {
  it('expired, to the second', async () => {
    const token = await sign({ sub: 'ada', exp: NOW + 1 })
    await clock.advance(999)
    expect(await judge(token)).toMatchObject({ subject: 'ada' })
    await clock.advance(1)
    expect(await judge(token)).toBe(401)
    expect(whys()).toEqual(['expired'])
  })

  it('not valid yet', async () => {
    const token = await sign({ ...ADA, nbf: NOW + 2 })
    expect(await judge(token)).toBe(401)
    expect(whys()).toEqual(['claim nbf'])
    await clock.advance(2_000)
    expect(await judge(token)).toMatchObject({ subject: 'ada' })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['without an expiry', { sub: 'ada' }, 'claim exp'],
    ['with an expiry that is a text', { sub: 'ada', exp: '9999999999' }, 'claim exp'],
    ['with an expiry beyond all instants', { sub: 'ada', exp: 1e308 }, 'claim exp'],
    ['without a subject', { exp: NOW + 60 }, 'claim sub'],
    ['with an empty subject', { ...ADA, sub: '' }, 'claim sub'],
    ['with a subject that is a number', { ...ADA, sub: 7 }, 'claim sub'],
    ['with a tenant that is no text', { ...ADA, tenant: ['acme'] }, 'claim tenant'],
    ['with an empty tenant', { ...ADA, tenant: '' }, 'claim tenant'],
    ['with a tenant of null', { ...ADA, tenant: null }, 'claim tenant'],
    ['with roles in a text', { ...ADA, roles: 'admin' }, 'claim roles'],
    ['with a role that is an object', { ...ADA, roles: ['dev', {}] }, 'claim roles'],
    ['with scopes in a list', { ...ADA, scope: ['read'] }, 'claim scope'],
  ])('%s', async (_, claims, why) => {
    expect(await judge(await sign(claims))).toBe(401)
    expect(whys()).toEqual([why])
  })

  it.each<[string, Record<string, unknown>, JwtSettings, string]>([
    ['of another issuer', { iss: 'https://evil.example' }, { issuer: 'https://login.example' }, 'claim iss'],
    [
      'of an issuer that begins the same',
      { iss: 'https://login.example.evil.test' },
      { issuer: 'https://login.example' },
      'claim iss',
    ],
    ['of nobody', {}, { issuer: 'https://login.example' }, 'claim iss'],
    ['for another audience', { aud: 'mail' }, { audience: 'chat' }, 'claim aud'],
    ['for an audience that contains ours', { aud: 'chat-admin' }, { audience: ['chat'] }, 'claim aud'],
    ['for nobody', {}, { audience: 'chat' }, 'claim aud'],
    ['of another type', {}, { typ: 'at+jwt' }, 'claim typ'],
  ])('%s', async (_, claims, settings, why) => {
    expect(await judge(await sign({ ...ADA, ...claims }), settings)).toBe(401)
    expect(whys()).toEqual([why])
  })

  it('signed with another secret', async () => {
    expect(await judge(await sign(ADA, new Uint8Array(32).fill(1)))).toBe(401)
    expect(whys()).toEqual(['signature'])
  })

  it('with one claim changed', async () => {
    const [header, , signature] = (await sign()).split('.')
    const claims = Buffer.from(JSON.stringify({ ...ADA, sub: 'root' })).toString('base64url')
    expect(await judge(`${header}.${claims}.${signature}`)).toBe(401)
    expect(whys()).toEqual(['signature'])
  })

  it.each(['none', 'None', 'NONE', 'nOnE'])('unsigned, alg: %s', async (alg) => {
    expect(await judge(assemble({ alg }, ADA))).toBe(401)
    expect(await judge(assemble({ alg }, ADA, 'AAAA'))).toBe(401)
    expect(await judge(assemble({ alg }, ADA, 'AAAA'), {}, { key: (await keyPair('ES256')).jwk })).toBe(401)
    expect(whys()).toEqual(['malformed', 'algorithm', 'algorithm'])
  })

  it('signed by HMAC with the public key as the secret', async () => {
    const pair = await keyPair('RS256')
    const { kid, publicKey, jwk } = pair
    const spki = await exportSPKI(publicKey)
    const secrets = [spki, spki.trim(), JSON.stringify(jwk), jwk.n ?? '']
    const trusts: JwtTrust[] = [{ key: publicKey }, { key: jwk }, { jwks: { keys: [jwk] } }]
    for (const secret of secrets) {
      const token = await sign(ADA, new TextEncoder().encode(secret), { alg: 'HS256', kid })
      for (const trust of trusts) expect(await judge(token, {}, trust)).toBe(401)
    }
    expect(new Set(whys())).toEqual(new Set(['algorithm']))
  })

  it('signed with the right key by an algorithm that was not allowed', async () => {
    const pair = await keyPair('PS256')
    const { d: _, ...key } = { ...pair.jwk, alg: 'RS256' }
    expect(await judge(await pair.sign(), {}, { key })).toBe(401)
    expect(whys()).toEqual(['algorithm'])
  })

  it('that brings its own key', async () => {
    const mine = await keyPair('ES256')
    const theirs = await keyPair('ES256')
    const header = {
      alg: 'ES256',
      kid: 'first',
      jwk: theirs.jwk,
      jku: 'https://evil.example/keys',
      x5u: 'https://evil.example',
    }
    const token = await sign(ADA, theirs.privateKey, header)
    expect(await judge(token, {}, { key: mine.jwk })).toBe(401)
    expect(await judge(token, {}, { jwks: { keys: [mine.jwk] } })).toBe(401)
    expect(whys()).toEqual(['signature', 'signature'])
  })

  it('of a key that nobody knows, and of one of two that it does not tell apart', async () => {
    const [one, other] = [await keyPair('ES256', 'one'), await keyPair('ES256', 'other')]
    const jwks = { keys: [one.jwk, other.jwk] }
    const stranger = await keyPair('ES256', 'stranger')
    expect(await judge(await stranger.sign(), {}, { jwks })).toBe(401)
    expect(await judge(await sign(ADA, one.privateKey, { alg: 'ES256' }), {}, { jwks })).toBe(401)
    expect(whys()).toEqual(['key', 'key'])
  })

  it('with a critical extension that is not understood', async () => {
    const header = { alg: 'HS256', crit: ['exp'], exp: 1 }
    expect(await judge(assemble(header, ADA, 'AAAA'))).toBe(401)
    expect(whys()).toEqual(['malformed'])
  })

  it.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['two parts', 'a.b'],
    ['four parts', 'a.b.c.d'],
    ['an encrypted token', 'a.b.c.d.e'],
    ['an empty part', 'a..c'],
    ['base64 that is not for URLs', 'a+.b/.c='],
    ['a line break at its end', 'a.b.c\n'],
    ['a header that is no JSON', 'AAAA.AAAA.AAAA'],
    ['a header that is a list', `${Buffer.from('[]').toString('base64url')}.AAAA.AAAA`],
    ['a header of null', `${Buffer.from('null').toString('base64url')}.AAAA.AAAA`],
    ['an algorithm that is a number', assemble({ alg: 1 }, ADA, 'AAAA')],
    ['an algorithm that every object has', assemble({ alg: 'constructor' }, ADA, 'AAAA')],
    ['an algorithm of a prototype', assemble({ alg: '__proto__' }, ADA, 'AAAA')],
    ['no algorithm', assemble({}, ADA, 'AAAA')],
    ['a payload that is not encoded', assemble({ alg: 'HS256', b64: false, crit: ['b64'] }, ADA, 'AAAA')],
  ])('%s', async (_, token) => {
    expect(await judge(token)).toBe(401)
    expect(['malformed', 'algorithm', 'signature']).toContain(whys()[0])
  })

  it('signed claims that are no object', async () => {
    const { CompactSign } = await import('jose')
    const secret = new TextEncoder().encode(SECRET)
    for (const claims of ['[]', 'null', '"ada"', '{', '']) {
      const signed = new CompactSign(new TextEncoder().encode(claims)).setProtectedHeader({ alg: 'HS256' })
      expect(await judge(await signed.sign(secret))).toBe(401)
    }
    expect(new Set(whys())).toEqual(new Set(['malformed']))
  })
})

it('a token longer than allowed is refused before anything looks into it', async () => {
  const long = await sign({ ...ADA, padding: 'x'.repeat(6_200) })
  expect(long.length).toBeGreaterThan(8_192)
  expect(await judge(long)).toBe(401)
  expect(whys()).toEqual(['malformed'])
  expect(await judge(long, { maxLength: long.length })).toMatchObject({ subject: 'ada' })
  expect(await judge(long, { maxLength: long.length - 1 })).toBe(401)
})

/** What is signed, and the bytes of the signature. */
function meant(token: string): readonly [string, Buffer] {
  const [head, claims, ...signature] = token.split('.')
  return [`${head}.${claims}`, Buffer.from(signature.join('.'), 'base64url')]
}

it('whatever is sent for a token, it is refused, and nothing else happens', async () => {
  const good = await sign()
  const pair = await keyPair('ES256')
  const trusts: JwtTrust[] = [{ secret: SECRET }, { key: pair.jwk }, { jwks: { keys: [pair.jwk] } }]
  const verifiers = trusts.map((trust) => jwt({ ...trust, clock }))
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 3 }))
    .map(([at, piece]) => good.slice(0, at) + piece + good.slice(at + piece.length))
    // The last letter of a signature has bits that stand for nothing: with others there, it is the same one.
    .filter((token) => !isDeepStrictEqual(meant(token), meant(good)))
  const header = fc.record(
    {
      alg: fc.constantFrom('ES256', 'HS256', 'RS256', 'none', 'x'),
      kid: fc.anything(),
      crit: fc.anything(),
      b64: fc.boolean(),
      typ: fc.anything(),
    },
    { requiredKeys: [] },
  )
  const assembled = fc
    .tuple(header, fc.object(), fc.base64String())
    .map(([head, claims, signature]) => assemble(head, claims, signature.replace(/[+/=]/g, '_') || 'AAAA'))
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, assembled, fc.string()), async (token) => {
      for (const { verify } of verifiers) {
        const thrown: unknown = await verify(token).catch((reason: unknown) => reason)
        expect(thrown).toBeInstanceOf(Rejection)
        expect(thrown).toMatchObject({ status: 401, code: 4010, reason: '' })
      }
    }),
    { numRuns: 300 },
  )
})

it('a mapping that throws is no fault of the token', async () => {
  const fault = new Error('the mapping is broken')
  const identity = () => {
    throw fault
  }
  await expect(judge(await sign(), { identity })).rejects.toBe(fault)
  const nobody = () => ({ subject: '' })
  expect(await judge(await sign(), { identity: nobody })).toBe(401)
})
