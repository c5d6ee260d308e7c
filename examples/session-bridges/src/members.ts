import { timingSafeEqual } from 'node:crypto'

/** What a session knows of somebody who has logged in. */
export interface Member {
  readonly name: string
  /** When they have to log in again, in milliseconds since the Unix epoch. */
  readonly until: number
}

const PASSWORDS: Readonly<Record<string, string>> = { ada: 'analytical engine', grace: 'first actual bug' }
const A_SHIFT = 8 * 3_600_000

/** Whoever has the password in `Authorization: Basic` (RFC 7617): yours are hashed, and not in the code. */
export function memberOf(authorization: string | undefined): Member | undefined {
  const [scheme, encoded = ''] = authorization?.split(' ') ?? []
  if (scheme?.toLowerCase() !== 'basic') return undefined
  const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  const given = Buffer.from(rest.join(':'))
  const known = Buffer.from(Object.hasOwn(PASSWORDS, name) ? (PASSWORDS[name] ?? '') : '')
  const isRight = known.length > 0 && given.length === known.length && timingSafeEqual(given, known)
  return isRight ? { name, until: Date.now() + A_SHIFT } : undefined
}
