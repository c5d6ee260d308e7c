import { SignJWT } from 'jose'
import { ISSUER } from './app.js'

/** What a log-in would hand out. */
export function tokenOf(
  secret: Uint8Array,
  subject: string,
  tenant: string,
  roles: readonly string[] = [],
): Promise<string> {
  return new SignJWT({ tenant, roles })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setExpirationTime('1h')
    .sign(secret)
}
