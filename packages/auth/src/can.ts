import { type Authenticated, badOption, type Connection } from '@linkspan/core'

/**
 * Whether a connection may do something to `target`: a topic, a message, or nothing in particular. Fits `authorize`,
 * `authorizeMessages` and `app.topics` alike. At once: what it needs is in the identity and the data.
 *
 * @example
 * const own: Permission<unknown, [topic: string]> = (conn, topic) => topic === `user:${conn.identity?.subject}`
 */
export type Permission<Data = Authenticated, Target extends readonly unknown[] = []> = (
  conn: Connection<Data>,
  ...target: Target
) => boolean

/**
 * Allows whom a scope was granted, by its exact name.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an empty name.
 *
 * @example
 * app.topics('room:*', { join: can('room:read'), publish: can('room:write') })
 */
export function can(scope: string): Permission {
  named(scope)
  return ({ identity }) => identity.scopes?.includes(scope) === true
}

/**
 * Allows who has a role, by its exact name.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an empty name.
 *
 * @example
 * app.use(authorize(hasRole('moderator')))
 */
export function hasRole(role: string): Permission {
  named(role)
  return ({ identity }) => identity.roles?.includes(role) === true
}

/** Whose connections and what targets are known from where the whole stands, not from its parts: some look at neither. */
type Part<Data, Target extends readonly unknown[]> = NoInfer<Permission<Data, Target>>

/**
 * Allows what at least one of these allows; the first that does is the last one asked.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for none.
 *
 * @example
 * authorize(anyOf(hasRole('admin'), can('room:read')))
 */
export function anyOf<Data = Authenticated, Target extends readonly unknown[] = []>(
  ...permissions: readonly [Part<Data, Target>, ...Part<Data, Target>[]]
): Permission<Data, Target> {
  some(permissions)
  return (conn, ...target) => permissions.some((permission) => permission(conn, ...target) === true)
}

/**
 * Allows what each of these allows; the first that does not is the last one asked.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for none, which would allow everything.
 *
 * @example
 * authorize(allOf(hasRole('staff'), (conn) => conn.identity.tenant === 'acme'))
 */
export function allOf<Data = Authenticated, Target extends readonly unknown[] = []>(
  ...permissions: readonly [Part<Data, Target>, ...Part<Data, Target>[]]
): Permission<Data, Target> {
  some(permissions)
  return (conn, ...target) => permissions.every((permission) => permission(conn, ...target) === true)
}

/**
 * Answers a `can` that knows what each role may do, besides what scopes were granted: for credentials that name roles only.
 * A permission that no role has does not compile.
 *
 * @example
 * const can = permissions({ moderator: ['room:read', 'room:write'], guest: ['room:read'] })
 * app.topics('room:*', { join: can('room:read'), publish: can('room:write') })
 */
export function permissions<const Name extends string>(
  byRole: Readonly<Record<string, readonly Name[]>>,
): (permission: Name) => Permission {
  // A Map: a role called '__proto__' is nobody's.
  const granted = new Map(Object.entries(byRole).map(([role, names]) => [role, new Set<string>(names)]))
  return (permission) => {
    const byScope = can(permission)
    return (conn) =>
      byScope(conn) || conn.identity.roles?.some((role) => granted.get(role)?.has(permission)) === true
  }
}

function named(name: string): void {
  if (typeof name !== 'string' || name === '') throw badOption('a scope or role has a name.')
}

function some(permissions: readonly unknown[]): void {
  if (permissions.length === 0) throw badOption('anyOf() and allOf() take at least one permission.')
}
