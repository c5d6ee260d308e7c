import { badOption, type Identity } from '@linkspan/core'

/**
 * Whose credentials are revoked; several at once narrow it down. `before`: only those issued before it, in milliseconds
 * since the epoch. Without it, whoever matches is shut out for as long as the revocation is remembered.
 *
 * @example
 * const everywhere: RevocationQuery = { subject: 'ada', before: Date.now() }
 */
export interface RevocationQuery {
  readonly subject?: string
  readonly tenant?: string
  /** The claim `sid`, unless told otherwise. */
  readonly session?: string
  /** The claim `jti`, unless told otherwise. */
  readonly tokenId?: string
  readonly before?: number
}

/**
 * One revocation, as it travels: plain data, for JSON. `at` is when it was made, `until` is for how long it is remembered,
 * both in milliseconds since the epoch, by the clock of the node that made it.
 *
 * @example
 * bus.publish({ id: crypto.randomUUID(), at: Date.now(), until: Date.now() + 86_400_000, subject: 'ada' })
 */
export interface Revocation extends RevocationQuery {
  readonly id: string
  readonly at: number
  readonly until: number
}

/** What revocations are compared with. `issuedAt` in milliseconds since the epoch. */
export interface Credentials {
  readonly subject: string
  readonly tenant: string | undefined
  readonly session: string | undefined
  readonly tokenId: string | undefined
  readonly issuedAt: number | undefined
}

/** Where in an identity they are. */
export interface CredentialReaders {
  session(identity: Identity): string | undefined
  tokenId(identity: Identity): string | undefined
  issuedAt(identity: Identity): number | undefined
}

/** What revocations are compared with, of one identity. */
export function credentialsOf(identity: Identity, readers: CredentialReaders): Credentials {
  return {
    subject: identity.subject,
    tenant: identity.tenant,
    session: readers.session(identity),
    tokenId: readers.tokenId(identity),
    issuedAt: readers.issuedAt(identity),
  }
}

/** From the most to the least specific. */
export const CRITERIA = ['tokenId', 'session', 'subject', 'tenant'] as const
export type Criterion = (typeof CRITERIA)[number]

/**
 * Checks a query.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for one that names nobody, or with an instant that is none.
 */
export function checkQuery(query: RevocationQuery): void {
  if (!isQuery(query)) {
    throw badOption(
      'a revocation names a subject, tenant, session or tokenId, each a string that is not empty; before is an instant in milliseconds.',
    )
  }
}

/** Whether what came from a bus is a revocation. One that names nobody would be everybody's. */
export function isRevocation(value: unknown): value is Revocation {
  if (typeof value !== 'object' || value === null) return false
  const { id, at, until } = value as Partial<Revocation>
  return typeof id === 'string' && Number.isFinite(at) && Number.isFinite(until) && isQuery(value)
}

function isQuery(query: RevocationQuery): boolean {
  const given = CRITERIA.filter((criterion) => query[criterion] !== undefined)
  const named = given.every((criterion) => typeof query[criterion] === 'string' && query[criterion] !== '')
  return given.length > 0 && named && (query.before === undefined || Number.isFinite(query.before))
}

/** Credentials of an unknown age count as old: whoever revokes what was issued before an instant means to be safe. */
export function isRevokedBy(credentials: Credentials, revocation: RevocationQuery): boolean {
  const { issuedAt } = credentials
  const { before } = revocation
  return (
    (before === undefined || issuedAt === undefined || issuedAt < before) &&
    CRITERIA.every(
      (criterion) => revocation[criterion] === undefined || revocation[criterion] === credentials[criterion],
    )
  )
}

/** What two revocations of the same kind have in common, whatever their instants. */
export function signatureOf(query: RevocationQuery): string {
  return JSON.stringify([
    query.before === undefined,
    ...CRITERIA.map((criterion) => query[criterion] ?? null),
  ])
}
