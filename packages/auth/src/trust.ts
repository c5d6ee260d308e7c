import { badOption, type Clock } from '@linkspan/core'
import { type CryptoKey, createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { ASYMMETRIC, algorithmsOf, SECRET_BYTES, type VerificationKey } from './algorithms.js'
import type { JwtTrust } from './jwt-options.js'
import { type RemoteKeys, remoteKeys } from './remote-keys.js'

/** What tokens are verified with, and the algorithms that go with it. */
export interface Trust {
  readonly find: JWTVerifyGetKey
  readonly algorithms: string[]
}

/**
 * Reads what tokens are to be verified with.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` unless it is exactly one thing, and strong enough; never with any of it in the
 * message.
 */
export function trustIn(given: JwtTrust, wanted: readonly string[] | undefined, clock: Clock): Trust {
  const kinds = [given.secret, given.key, given.jwks].filter((one) => one !== undefined)
  if (kinds.length !== 1) throw badOption('jwt takes exactly one of secret, key and jwks.')
  if (given.secret !== undefined) return trustSecret(given.secret, wanted)
  if (given.key !== undefined) return trustKey(given.key, wanted)
  return trustKeySet(given.jwks, wanted, clock)
}

function trustSecret(secret: string | Uint8Array, wanted: readonly string[] = ['HS256']): Trust {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret)
  const algorithms = choose(wanted, Object.keys(SECRET_BYTES), 'a secret')
  const least = Math.max(...algorithms.map((name) => SECRET_BYTES[name] ?? 0))
  if (bytes.length < least) {
    throw badOption(`secret takes at least ${least} bytes for ${algorithms.join(', ')} (RFC 7518 §3.2).`)
  }
  const imported = new Map<string, Promise<CryptoKey>>()
  return {
    algorithms,
    find({ alg }) {
      const hash = alg.replace('HS', 'SHA-')
      const key =
        imported.get(alg) ??
        globalThis.crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['verify'])
      imported.set(alg, key)
      return key
    },
  }
}

function trustKey(key: VerificationKey, wanted: readonly string[] | undefined): Trust {
  const able = algorithmsOf(key)
  // jose freezes a JWK, and keeps what it imported by its reference.
  const own = 'kty' in key ? { ...key } : key
  return { algorithms: choose(wanted ?? able, able, 'this key'), find: () => own }
}

function trustKeySet(
  jwks: string | URL | RemoteKeys | JSONWebKeySet,
  wanted: readonly string[] = ASYMMETRIC,
  clock: Clock,
): Trust {
  const algorithms = choose(wanted, ASYMMETRIC, 'a key set')
  if (typeof jwks === 'string' || jwks instanceof URL)
    return { algorithms, find: remoteKeys({ url: jwks }, clock) }
  if ('url' in jwks) return { algorithms, find: remoteKeys(jwks, clock) }
  return { algorithms, find: localKeys(jwks) }
}

function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  let find: JWTVerifyGetKey
  try {
    find = createLocalJWKSet(jwks)
  } catch {
    throw badOption('jwks takes a key set: { keys: [...] } (RFC 7517 §5).')
  }
  for (const key of jwks.keys) {
    if (key.d !== undefined || key.k !== undefined) throw badOption('jwks takes public keys only.')
  }
  return find
}

function choose(wanted: readonly string[], able: readonly string[], what: string): string[] {
  if (wanted.length > 0 && wanted.every((name) => able.includes(name))) return [...wanted]
  throw badOption(`algorithms takes, for ${what}, some of ${able.join(', ')}.`)
}
