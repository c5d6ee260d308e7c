import { type Identity, type Rejection, systemClock, whole } from '@linkspan/core'
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { BadClaim, identityOf } from './claims.js'
import type { JwtOptions } from './jwt-options.js'
import type { Refusals } from './refusals.js'
import { KeysUnavailable } from './remote-keys.js'
import { trustIn } from './trust.js'

/** Three parts of base64url, none of them empty (RFC 7515 §7.1): an unsigned token has an empty third. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** Ten minutes: more is no clock that is off. */
const MOST_TOLERANCE = 600_000

/**
 * Answers what says whose a token is. Length and form are checked before anything is decoded, the algorithm before a key
 * is looked for, the signature before a claim is believed.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function verification(options: JwtOptions, refusals: Refusals): (token: string) => Promise<Identity> {
  const clock = options.clock ?? systemClock
  const { find, algorithms } = trustIn(options, options.algorithms, clock)
  const most = whole('maxLength', options.maxLength ?? 8_192, 1, 1_048_576)
  const tolerance = whole('clockTolerance', options.clockTolerance ?? 0, 0, MOST_TOLERANCE)
  const checks = { ...checksIn(options), algorithms, clockTolerance: tolerance / 1_000 }
  const read = options.identity ?? identityOf

  return async (token) => {
    if (token.length > most || !COMPACT.test(token)) throw refusals.unauthorized('malformed')
    try {
      const { payload } = await jwtVerify(token, find, { ...checks, currentDate: new Date(clock.now()) })
      return withExpiry(read(payload), payload, tolerance)
    } catch (thrown) {
      throw refusalOf(thrown, refusals) ?? thrown
    }
  }
}

function checksIn({ issuer, audience, typ, allowNoExpiry = false }: JwtOptions): JWTVerifyOptions {
  return {
    ...(issuer !== undefined && { issuer: listOf(issuer) }),
    ...(audience !== undefined && { audience: listOf(audience) }),
    ...(typ !== undefined && { typ }),
    ...(!allowNoExpiry && { requiredClaims: ['exp'] }),
  }
}

function listOf(one: string | readonly string[]): string[] {
  return typeof one === 'string' ? [one] : [...one]
}

/** The connection ends when its token would no longer be taken. */
function withExpiry(identity: Identity, { exp }: JWTPayload, tolerance: number): Identity {
  if (typeof identity?.subject !== 'string' || identity.subject === '') throw new BadClaim('sub')
  if (exp === undefined || identity.expiresAt !== undefined) return identity
  const expiresAt = exp * 1_000 + tolerance
  if (!Number.isFinite(expiresAt)) throw new BadClaim('exp')
  return { ...identity, expiresAt }
}

/** What is no fault of the token or of its keys is a fault of ours, and stays what it is. */
function refusalOf(thrown: unknown, refusals: Refusals): Rejection | undefined {
  if (thrown instanceof KeysUnavailable) return refusals.unavailable(thrown.cause, thrown.retryAfter)
  if (thrown instanceof BadClaim) return refusals.unauthorized('claim', thrown.claim)
  if (thrown instanceof errors.JWTExpired) return refusals.unauthorized('expired')
  if (thrown instanceof errors.JWTClaimValidationFailed) return refusals.unauthorized('claim', thrown.claim)
  if (thrown instanceof errors.JOSEAlgNotAllowed) return refusals.unauthorized('algorithm')
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return refusals.unauthorized('signature')
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys) {
    return refusals.unauthorized('key')
  }
  return thrown instanceof errors.JOSEError ? refusals.unauthorized('malformed') : undefined
}
