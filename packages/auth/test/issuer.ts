import { type Identity, Rejection } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'

/** Shared with the issuer. */
export const SECRET = 'what only the issuer and the server know'

/** The instant at which a virtual clock starts, in seconds, as tokens tell the time. */
export const NOW: number = new VirtualClock().now() / 1_000

/** Claims of somebody whose token is good for an hour. */
export const ADA: Readonly<Record<string, unknown>> = { sub: 'ada', iat: NOW, exp: NOW + 3_600 }

/** A signed token: with the secret and HS256, unless another key and header are given. */
export function sign(
  claims: Readonly<Record<string, unknown>> = ADA,
  key: CryptoKey | Uint8Array | JWK = new TextEncoder().encode(SECRET),
  header: JWTHeaderParameters = { alg: 'HS256' },
): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key)
}

/** A key pair of an issuer, its public half as a JWK with a name. */
export interface Pair {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  sign(claims?: Readonly<Record<string, unknown>>): Promise<string>
}

export async function keyPair(alg: string, kid = 'first'): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg }
  return {
    kid,
    alg,
    privateKey,
    publicKey,
    jwk,
    sign: (claims = ADA) => sign(claims, privateKey, { alg, kid }),
  }
}

/** Parts of a token put together by hand, for what no issuer would sign. */
export function assemble(header: object, claims: object, signature = ''): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.${signature}`
}

/** How a verification ended: the identity, or the status of its refusal. Anything else that is thrown stays thrown. */
export async function outcome(verified: Promise<Identity>): Promise<Identity | number> {
  try {
    return await verified
  } catch (thrown) {
    if (thrown instanceof Rejection) return thrown.status
    throw thrown
  }
}
