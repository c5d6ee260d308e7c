import { Rejection } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthFailure, jwt, type RemoteKeys } from '../src/index.js'
import { ADA, keyPair, outcome, type Pair } from './issuer.js'
import { type KeyServer, keyServer } from './key-server.js'

let clock: VirtualClock
let failures: AuthFailure[]
let old: Pair
let fresh: Pair

beforeAll(async () => {
  old = await keyPair('ES256', 'old')
  fresh = await keyPair('RS256', 'fresh')
})

beforeEach(() => {
  clock = new VirtualClock()
  failures = []
})

function verifier(server: KeyServer, more: Omit<RemoteKeys, 'url'> = {}) {
  return jwt({ jwks: { url: server.url, ...more }, clock, refused: (failure) => failures.push(failure) })
}

/** The refusal of a token whose keys cannot be had. */
async function refusalOf(verified: Promise<unknown>): Promise<Rejection> {
  const thrown: unknown = await verified.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (thrown instanceof Rejection) return thrown
  throw new Error('it was not refused', { cause: thrown })
}

describe('the keys of an issuer', () => {
  it('are fetched once, for however many tokens', async () => {
    const server = await keyServer(old.jwk, fresh.jwk)
    const tokens = verifier(server)
    const given = [await old.sign(), await fresh.sign()]
    const verified = await Promise.all([...given, ...given, ...given].map((token) => tokens.verify(token)))
    expect(verified.map(({ subject }) => subject)).toEqual(Array(6).fill('ada'))
    expect(server.requests).toBe(1)
  })

  it('are asked for with the headers that were given', async () => {
    const server = await keyServer(old.jwk)
    const seen: unknown[] = []
    server.answer = (res, req) => {
      seen.push(req.headers['x-api-key'], req.headers.authorization)
      res.end(JSON.stringify({ keys: [old.jwk] }))
    }
    await verifier(server, { headers: { 'x-api-key': 'k' } }).verify(await old.sign())
    expect(seen).toEqual(['k', undefined])
  })

  it('rotate: a token with a key that is new has them fetched again, but not more often than that', async () => {
    const server = await keyServer(old.jwk)
    const tokens = verifier(server, { cooldown: 30_000 })
    expect(await outcome(tokens.verify(await old.sign()))).toMatchObject({ subject: 'ada' })

    server.keys = [fresh.jwk]
    // Just fetched: whoever makes up names of keys does not make us ask.
    expect(await outcome(tokens.verify(await fresh.sign()))).toBe(401)
    expect(server.requests).toBe(1)
    expect(failures.map(({ why }) => why)).toEqual(['key'])

    await clock.advance(29_999)
    expect(await outcome(tokens.verify(await fresh.sign()))).toBe(401)
    expect(server.requests).toBe(1)
    await clock.advance(1)
    expect(await outcome(tokens.verify(await fresh.sign()))).toMatchObject({ subject: 'ada' })
    expect(server.requests).toBe(2)
    // What the issuer has withdrawn is no key any more.
    expect(await outcome(tokens.verify(await old.sign()))).toBe(401)
    expect(server.requests).toBe(2)
  })

  it('are fetched again when they are old', async () => {
    const server = await keyServer(old.jwk)
    const tokens = verifier(server, { maxAge: 60_000 })
    await tokens.verify(await old.sign())
    await clock.advance(59_999)
    await tokens.verify(await old.sign())
    expect(server.requests).toBe(1)
    await clock.advance(1)
    await tokens.verify(await old.sign())
    expect(server.requests).toBe(2)
  })

  it('are public ones: a secret among them is none', async () => {
    const secret = Buffer.alloc(32, 1)
    const server = await keyServer({ kty: 'oct', kid: 'old', k: secret.toString('base64url') }, fresh.jwk)
    const tokens = verifier(server)
    const { sign } = await import('./issuer.js')
    expect(await outcome(tokens.verify(await sign(ADA, secret, { alg: 'HS256', kid: 'old' })))).toBe(401)
    expect(server.requests).toBe(0)
    expect(await outcome(tokens.verify(await old.sign()))).toBe(401)
    expect(failures.map(({ why }) => why)).toEqual(['algorithm', 'key'])
  })
})

describe('an issuer whose keys cannot be had is 503 with Retry-After, whatever the token:', () => {
  it('down', async () => {
    const server = await keyServer(old.jwk)
    await server.stop()
    const { status, code, reason, headers } = await refusalOf(verifier(server).verify(await old.sign()))
    expect({ status, code, reason, headers }).toEqual({
      status: 503,
      code: 1013,
      reason: '',
      headers: { 'retry-after': '5' },
    })
    expect(failures).toMatchObject([{ status: 503, why: 'unavailable', cause: expect.any(Error) }])
  })

  it.each<[string, NonNullable<KeyServer['answer']>]>([
    ['failing', (res) => res.writeHead(500).end('{"keys":[]}')],
    ['gone', (res) => res.writeHead(404).end()],
    ['empty', (res) => res.writeHead(204).end()],
    ['elsewhere', (res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['talking HTML', (res) => res.end('<html>')],
    ['with something else', (res) => res.end('{"kty":"EC"}')],
    ['with keys that are no list', (res) => res.end('{"keys":{}}')],
    ['with a list of nothing', (res) => res.end('{"keys":[null]}')],
    [
      'cut off',
      (res) => res.writeHead(200, { 'content-length': 100 }).write('{"keys":[', () => res.destroy()),
    ],
    ['without an end', (res) => void res.write(`"${'x'.repeat(1_200_000)}`)],
    [
      'with a key that is none',
      (res) => res.end('{"keys":[{"kty":"EC","crv":"P-256","kid":"old","x":"AA","y":"AA"}]}'),
    ],
    ['with a private key', (res) => res.end(JSON.stringify({ keys: [{ ...old.jwk, d: old.jwk.x }] }))],
  ])('%s', async (_, answer) => {
    const server = await keyServer()
    server.answer = answer
    expect(await outcome(verifier(server).verify(await old.sign()))).toBe(503)
    expect(clock.pending).toBe(0)
  })

  it('silent, at the deadline', async () => {
    const server = await keyServer()
    server.answer = () => {}
    const verified = refusalOf(verifier(server, { timeout: 700 }).verify(await old.sign()))
    await server.asked()
    await clock.advance(700)
    expect((await verified).status).toBe(503)
    expect(clock.pending).toBe(0)
  })

  it('silent in the middle, at the deadline', async () => {
    const server = await keyServer()
    server.answer = (res) => void res.write('{"keys":[')
    const verified = refusalOf(verifier(server, { timeout: 700 }).verify(await old.sign()))
    await server.asked()
    await clock.advance(700)
    expect((await verified).status).toBe(503)
  })
})

it('an issuer that is down is not asked by every handshake, and asked again after a while', async () => {
  const server = await keyServer(old.jwk)
  server.answer = (res) => res.writeHead(503).end()
  const tokens = verifier(server, { retryAfter: 10_000 })
  const token = await old.sign()
  const many = await Promise.all(Array.from({ length: 50 }, () => refusalOf(tokens.verify(token))))
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([503]))
  expect(server.requests).toBe(1)

  server.answer = undefined
  await clock.advance(7_500)
  expect((await refusalOf(tokens.verify(token))).headers).toEqual({ 'retry-after': '3' })
  expect(server.requests).toBe(1)

  await clock.advance(2_500)
  expect(await outcome(tokens.verify(token))).toMatchObject({ subject: 'ada' })
  expect(server.requests).toBe(2)
})

it('an issuer that goes down is not noticed while its keys are fresh', async () => {
  const server = await keyServer(old.jwk)
  const tokens = verifier(server)
  await tokens.verify(await old.sign())
  await server.stop()
  expect(await outcome(tokens.verify(await old.sign()))).toMatchObject({ subject: 'ada' })
})
