import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '@linkspan/core'
import { SignJWT } from 'jose'
import type { Accounts } from './accounts.js'

export const ISSUER = 'https://secure-chat.example'
export const AUDIENCE = 'chat'
/** Milliseconds that a token is good: as long as a stolen one is. */
export const TOKEN_LIFE = 120_000
/** Milliseconds after which one has to log in again. */
const SESSION_LIFE = 8 * 3_600_000
const MOST_SESSIONS = 10_000

interface Session {
  readonly id: string
  readonly name: string
  readonly until: number
}

/**
 * Who has logged in. A session has a secret, which is in a cookie that no script can read, and gives short tokens for it.
 * The tokens name the session by an id that is no secret, so that log-out can revoke them all.
 */
export class Sessions {
  readonly #accounts: Accounts
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #sessions = new Map<string, Session>()

  constructor(accounts: Accounts, key: Uint8Array, clock: Clock) {
    this.#accounts = accounts
    this.#key = key
    this.#clock = clock
  }

  /** Answers the session's secret, where name and password are right. */
  async begin(name: string, password: string): Promise<string | undefined> {
    if (!(await this.#accounts.isRight(name, password))) return undefined
    const secret = randomBytes(32).toString('base64url')
    this.#sessions.set(keyOf(secret), { id: randomUUID(), name, until: this.#clock.now() + SESSION_LIFE })
    if (this.#sessions.size > MOST_SESSIONS) this.#forgetOldest()
    return secret
  }

  /** A token with the roles that its owner has now. */
  async token(secret: string | undefined): Promise<string | undefined> {
    const session = this.#find(secret)
    if (session === undefined) return undefined
    const now = this.#clock.now()
    return new SignJWT({ sid: session.id, roles: this.#accounts.rolesOf(session.name) })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(session.name)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(Math.floor((now + TOKEN_LIFE) / 1_000))
      .sign(this.#key)
  }

  /** Ends a session, and answers its id. */
  end(secret: string | undefined): string | undefined {
    const session = this.#find(secret)
    if (secret !== undefined) this.#sessions.delete(keyOf(secret))
    return session?.id
  }

  #find(secret: string | undefined): Session | undefined {
    const session = secret === undefined ? undefined : this.#sessions.get(keyOf(secret))
    return session !== undefined && this.#clock.now() < session.until ? session : undefined
  }

  /** A Map keeps the order in which sessions began. */
  #forgetOldest(): void {
    for (const key of this.#sessions.keys()) {
      this.#sessions.delete(key)
      return
    }
  }
}

/** What is kept is a hash: who reads the memory of this process has no session. */
function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
