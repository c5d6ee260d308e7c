import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { LinkspanError } from '@linkspan/core'
import { exportSPKI } from 'jose'
import { describe, expect, it } from 'vitest'
import { type JwtOptions, jwt, type VerificationKey } from '../src/index.js'
import { keyPair, outcome, SECRET, sign } from './issuer.js'

/** The message of the LINKSPAN_OPTION that it is refused with. */
function complaint(options: unknown): string {
  try {
    jwt(options as JwtOptions)
  } catch (thrown) {
    if (thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_OPTION') return thrown.message
    throw thrown
  }
  throw new Error('it was taken')
}

describe('what tokens are verified with', () => {
  it('is exactly one thing', async () => {
    const { jwk } = await keyPair('ES256')
    const one = 'jwt takes exactly one of secret, key and jwks.'
    expect(complaint({})).toBe(one)
    expect(complaint({ secret: undefined })).toBe(one)
    expect(complaint({ secret: SECRET, key: jwk })).toBe(one)
    expect(complaint({ secret: SECRET, jwks: { keys: [] } })).toBe(one)
    expect(complaint({ key: jwk, jwks: 'https://login.example/keys' })).toBe(one)
  })

  it('is a secret that is long enough, and never told', () => {
    expect(complaint({ secret: '' })).toContain('at least 32 bytes')
    const short = complaint({ secret: 'hunter2-hunter2-hunter2-hunter2' })
    expect(short).toContain('at least 32 bytes')
    expect(short).not.toContain('hunter2')
    expect(complaint({ secret: new Uint8Array(63), algorithms: ['HS256', 'HS512'] })).toContain('at least 64')
    // Bytes count, not characters.
    expect(() => jwt({ secret: 'ü'.repeat(16) })).not.toThrow()
  })

  it('is a secret of its own: what the caller does to the bytes later changes nothing', async () => {
    const secret = new Uint8Array(32).fill(3)
    const { verify } = jwt({ secret, allowNoExpiry: true })
    const token = await sign({ sub: 'ada' }, Uint8Array.from(secret))
    secret.fill(0)
    expect(await outcome(verify(token))).toMatchObject({ subject: 'ada' })
  })

  it('is a key of Node as well', async () => {
    for (const alg of ['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519']) {
      const pair = await keyPair(alg)
      const key = createPublicKey(await exportSPKI(pair.publicKey))
      const { verify } = jwt({ key, allowNoExpiry: true })
      expect(await outcome(verify(await pair.sign({ sub: 'ada' })))).toMatchObject({ subject: 'ada' })
    }
  })

  it('is left as it is', async () => {
    const { jwk } = await keyPair('ES256')
    const before = structuredClone(jwk)
    await outcome(jwt({ key: jwk }).verify('a.b.c'))
    jwk.kid = 'changed'
    expect(jwk).toEqual({ ...before, kid: 'changed' })
  })

  it('is imported once', async () => {
    const pair = await keyPair('ES256')
    const { importKey } = crypto.subtle
    let imports = 0
    crypto.subtle.importKey = ((...args: Parameters<typeof importKey>) => {
      imports += 1
      return importKey.apply(crypto.subtle, args)
    }) as typeof importKey
    try {
      const byKey = jwt({ key: pair.jwk, allowNoExpiry: true })
      const bySecret = jwt({ secret: SECRET, allowNoExpiry: true })
      for (let i = 0; i < 3; i += 1) await byKey.verify(await pair.sign({ sub: 'ada' }))
      const token = await sign({ sub: 'ada' })
      const before = imports
      for (let i = 0; i < 3; i += 1) await bySecret.verify(token)
      expect([before >= 1, imports - before]).toEqual([true, 1])
    } finally {
      crypto.subtle.importKey = importKey
    }
  })

  it.each<[string, () => unknown | Promise<unknown>, string]>([
    ['a PEM as text', async () => exportSPKI((await keyPair('ES256')).publicKey), 'createPublicKey'],
    ['null', () => null, 'createPublicKey'],
    ['an empty object', () => ({}), 'createPublicKey'],
    ['a secret as a JWK', () => ({ kty: 'oct', k: 'c2VjcmV0' }), 'createPublicKey'],
    ['a secret of Node', () => createSecretKey(Buffer.alloc(32)), 'createPublicKey'],
    ['a private CryptoKey', async () => (await keyPair('ES256')).privateKey, 'public'],
    [
      'a private KeyObject',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      'public half',
    ],
    [
      'a private JWK',
      () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
      'public half',
    ],
    ['RSA of 1,024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey, '2048 bits'],
    [
      'such a JWK',
      () => generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' }),
      '2048 bits',
    ],
    [
      'a curve for Bitcoin',
      () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      'createPublicKey',
    ],
    [
      'a curve for exchanging keys',
      () => generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
      'createPublicKey',
    ],
    [
      'a JWK for encrypting',
      async () => ({ ...(await keyPair('RS256')).jwk, alg: 'RSA-OAEP' }),
      'createPublicKey',
    ],
  ])('is no %s', async (_, make, says) => {
    const key = (await make()) as VerificationKey
    expect(complaint({ key })).toContain(says)
  })

  it('goes with its own algorithms', async () => {
    const { jwk } = await keyPair('ES256')
    const jwks = 'https://login.example/keys'
    expect(complaint({ secret: SECRET, algorithms: ['RS256'] })).toContain('HS256, HS384, HS512')
    expect(complaint({ secret: SECRET, algorithms: ['none'] })).toContain('HS256')
    expect(complaint({ secret: SECRET, algorithms: [] })).toContain('HS256')
    expect(complaint({ key: jwk, algorithms: ['HS256'] })).toContain('some of ES256')
    expect(complaint({ key: jwk, algorithms: ['ES256', 'none'] })).toContain('some of ES256')
    expect(complaint({ jwks, algorithms: ['ES256', 'HS256'] })).toContain('some of RS256')
    expect(() => jwt({ jwks, algorithms: ['ES256'] })).not.toThrow()
  })

  it.each([
    ['an address that is none', 'login.example/keys'],
    ['an address of a file', 'file:///etc/passwd'],
    ['a set without keys', { keys: 'none' }],
    ['a set with a private key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }] }],
    ['a set with a secret', { keys: [{ kty: 'oct', k: 'AA' }] }],
    ['a timeout of nothing', { url: 'https://login.example/keys', timeout: 0 }],
    ['a wait of less than nothing', { url: 'https://login.example/keys', retryAfter: -1 }],
  ])('is no key set with %s', (_, jwks) => {
    expect(complaint({ jwks })).toMatch(/^jwks/)
  })
})

it.each([
  [{ from: [] }, 'from takes'],
  [{ from: ['header', 'header'] }, 'from takes'],
  [{ from: ['body'] }, 'from takes'],
  [{ clockTolerance: -1 }, 'clockTolerance takes'],
  [{ clockTolerance: 600_001 }, 'clockTolerance takes'],
  [{ maxLength: 0 }, 'maxLength takes'],
  [{ messageTimeout: 0 }, 'messageTimeout takes'],
])('jwt does not take %j', (options, says) => {
  expect(complaint({ secret: SECRET, ...options })).toContain(says)
})
