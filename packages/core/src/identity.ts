import { LinkspanError } from './errors.js'
import { misuse } from './failure.js'

/**
 * Who a connection speaks for. Immutable once settled.
 *
 * @example
 * conn.authenticate({ subject: 'ada', roles: ['admin'], expiresAt: Date.now() + 3_600_000 })
 */
export interface Identity {
  /** Whoever it is: a user's or a machine's id. */
  readonly subject: string
  /** The customer that it belongs to, where there are several. */
  readonly tenant?: string
  readonly roles?: readonly string[]
  readonly scopes?: readonly string[]
  /** When the credentials end, in milliseconds since the Unix epoch. Default: never. */
  readonly expiresAt?: number
  readonly claims?: Readonly<Record<string, unknown>>
}

declare const AUTHENTICATED: unique symbol

/**
 * What an authenticating middleware adds to the type of the data, and to nothing at run time: after it,
 * `conn.identity` is not null.
 *
 * @example
 * app.use(async (conn, next) => {
 *   conn.authenticate({ subject: await whoIs(conn.request) })
 *   return next<Authenticated>()
 * })
 */
export interface Authenticated {
  readonly [AUTHENTICATED]: true
}

/** `Identity` after an authenticating middleware, `Identity | null` before. */
export type IdentityOf<Data> = typeof AUTHENTICATED extends keyof Data ? Identity : Identity | null

/**
 * Answers a frozen copy.
 *
 * @throws LinkspanError `LINKSPAN_IDENTITY` where the subject is empty or `expiresAt` no instant.
 */
export function settle(identity: Identity): Identity {
  if (typeof identity?.subject !== 'string' || identity.subject === '') {
    throw bad('an identity needs a subject: a string that is not empty.')
  }
  if (identity.expiresAt !== undefined && !Number.isFinite(identity.expiresAt)) {
    throw bad('expiresAt takes milliseconds since the Unix epoch.')
  }
  // Key by key: V8 gives what comes from a spread, and is then frozen, a hidden class of its own, 230 bytes each time.
  const { subject, tenant, roles, scopes, expiresAt, claims } = identity
  const copy: { -readonly [Key in keyof Identity]: Identity[Key] } = { subject }
  if (tenant !== undefined) copy.tenant = tenant
  if (roles !== undefined) copy.roles = Object.freeze([...roles])
  if (scopes !== undefined) copy.scopes = Object.freeze([...scopes])
  if (expiresAt !== undefined) copy.expiresAt = expiresAt
  if (claims !== undefined) copy.claims = Object.freeze({ ...claims })
  return Object.freeze(copy)
}

/**
 * Answers the identity that replaces `before`.
 *
 * @throws LinkspanError `LINKSPAN_IDENTITY` where it is somebody else: uncaught, that closes with 4003;
 * `LINKSPAN_STATE` where there is nobody to extend.
 */
export function extend(before: Identity | null, after: Identity): Identity {
  const renewed = settle(after)
  if (before === null) throw misuse('renew() extends an identity, and an anonymous connection has none.')
  if (renewed.subject !== before.subject || renewed.tenant !== before.tenant) {
    throw bad(
      'a renewal may extend an identity, never change its subject or tenant: connect anew to be someone else.',
    )
  }
  return renewed
}

function bad(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_IDENTITY', message)
}
