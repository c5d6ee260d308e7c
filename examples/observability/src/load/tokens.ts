import { SignJWT } from 'jose'
import { ISSUER } from '../app.js'

/** What a log-in hands out; or, where it is `'stale'`, handed out yesterday. */
export function tokenOf(
  secret: Uint8Array,
  subject: string,
  tenant: string,
  age: 'fresh' | 'stale' = 'fresh',
): Promise<string> {
  return new SignJWT({ tenant })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setExpirationTime(age === 'fresh' ? '12h' : '-1d')
    .sign(secret)
}
