import { badOption } from '@linkspan/core'
import type { CryptoKey, JWK, KeyObject } from 'jose'

/** What a token is verified with: a public key of the platform's Web Crypto, of Node, or as a JWK (RFC 7517). */
export type VerificationKey = CryptoKey | KeyObject | JWK

/** The signature algorithms of RFC 7518 §3.1 and RFC 8037 whose verifying key may be public. */
export const ASYMMETRIC: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** Bytes that a secret needs at least (RFC 7518 §3.2). */
export const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

const RSA_SIGNATURES = ['RS256', 'RS384', 'RS512']
const RSA_PSS = ['PS256', 'PS384', 'PS512']
const ED25519 = ['EdDSA', 'Ed25519']
const CURVES: Readonly<Record<string, readonly string[]>> = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  // As Node calls them.
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
}
/** RFC 7518 §3.3 */
const LEAST_MODULUS = 2_048

/**
 * The algorithms that a public key can have been meant for: never an HMAC, so that nobody signs with what everybody
 * knows (RFC 8725 §2.1).
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for what is no public key, or too weak a one.
 */
export function algorithmsOf(key: VerificationKey): readonly string[] {
  const { algorithms, isPublic, modulus } = describe(key)
  if (algorithms === undefined) {
    throw badOption('key takes a public key: a CryptoKey, a KeyObject (createPublicKey(pem)), or a JWK.')
  }
  if (!isPublic)
    throw badOption('key takes the public half only: give a server that verifies nothing to sign with.')
  if (modulus !== undefined && modulus < LEAST_MODULUS) {
    throw badOption(`key takes RSA from ${LEAST_MODULUS} bits on, as RFC 7518 §3.3 has it.`)
  }
  return algorithms
}

interface Description {
  readonly algorithms: readonly string[] | undefined
  readonly isPublic: boolean
  /** Bits, where it is RSA. */
  readonly modulus?: number | undefined
}

function describe(key: unknown): Description {
  if (typeof key !== 'object' || key === null) return { algorithms: undefined, isPublic: false }
  if ('kty' in key) return describeJwk(key as JWK)
  if ('asymmetricKeyType' in key) return describeKeyObject(key)
  return describeCryptoKey(key)
}

function describeJwk({ kty, crv, alg, n, d }: JWK): Description {
  const isPublic = d === undefined
  let algorithms: readonly string[] | undefined
  if (kty === 'RSA') algorithms = [...RSA_SIGNATURES, ...RSA_PSS]
  if (kty === 'EC') algorithms = CURVES[crv ?? '']
  if (kty === 'OKP' && crv === 'Ed25519') algorithms = ED25519
  if (alg !== undefined && algorithms !== undefined) {
    algorithms = algorithms.includes(alg) ? [alg] : undefined
  }
  // Base64url has 6 bits a character.
  return { algorithms, isPublic, modulus: n === undefined ? undefined : n.length * 6 }
}

/** What there is of a Node KeyObject, without `node:`. */
interface NodeKey {
  readonly type?: unknown
  readonly asymmetricKeyType?: unknown
  readonly asymmetricKeyDetails?: { readonly modulusLength?: number; readonly namedCurve?: string }
}

function describeKeyObject({ type, asymmetricKeyType, asymmetricKeyDetails }: NodeKey): Description {
  let algorithms: readonly string[] | undefined
  if (asymmetricKeyType === 'rsa') algorithms = [...RSA_SIGNATURES, ...RSA_PSS]
  if (asymmetricKeyType === 'rsa-pss') algorithms = RSA_PSS
  if (asymmetricKeyType === 'ec') algorithms = CURVES[asymmetricKeyDetails?.namedCurve ?? '']
  if (asymmetricKeyType === 'ed25519') algorithms = ED25519
  return { algorithms, isPublic: type === 'public', modulus: asymmetricKeyDetails?.modulusLength }
}

/** What there is of a CryptoKey (W3C WebCrypto §13). */
interface WebKey {
  readonly type?: unknown
  readonly usages?: readonly string[]
  readonly algorithm?: {
    readonly name?: string
    readonly hash?: { readonly name?: string }
    readonly namedCurve?: string
    readonly modulusLength?: number
  }
}

function describeCryptoKey({ type, usages = [], algorithm = {} }: WebKey): Description {
  const bits = algorithm.hash?.name?.replace('SHA-', '')
  let algorithms: readonly string[] | undefined
  if (algorithm.name === 'RSASSA-PKCS1-v1_5')
    algorithms = RSA_SIGNATURES.filter((name) => name === `RS${bits}`)
  if (algorithm.name === 'RSA-PSS') algorithms = RSA_PSS.filter((name) => name === `PS${bits}`)
  if (algorithm.name === 'ECDSA') algorithms = CURVES[algorithm.namedCurve ?? '']
  if (algorithm.name === 'Ed25519') algorithms = ED25519
  if (algorithms?.length === 0 || !usages.includes('verify')) algorithms = undefined
  return { algorithms, isPublic: type === 'public', modulus: algorithm.modulusLength }
}
