import type { Identity } from '@linkspan/core'
import type { JWTPayload } from 'jose'

/** A claim that is not what it has to be. */
export class BadClaim extends Error {
  override readonly name: string = 'BadClaim'
  readonly claim: string

  constructor(claim: string) {
    super(`the claim '${claim}' is not as it should be`)
    this.claim = claim
  }
}

/**
 * The identity in a token's claims: `sub`, `tenant`, `roles` (a list), `scope` (RFC 8693 §4.2: parted by spaces), and all
 * of them as `claims`. A claim of another type is refused, not left out: without its tenant, somebody could be in
 * everybody's.
 *
 * @throws BadClaim
 */
export function identityOf(payload: JWTPayload): Identity {
  const { sub, tenant, roles, scope } = payload
  if (typeof sub !== 'string' || sub === '') throw new BadClaim('sub')
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === '')) throw new BadClaim('tenant')
  if (roles !== undefined && !isListOfTexts(roles)) throw new BadClaim('roles')
  if (scope !== undefined && typeof scope !== 'string') throw new BadClaim('scope')
  return {
    subject: sub,
    ...(tenant !== undefined && { tenant }),
    ...(roles !== undefined && { roles }),
    ...(scope !== undefined && { scopes: scope.split(' ').filter((name) => name !== '') }),
    claims: payload,
  }
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
