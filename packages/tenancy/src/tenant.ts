import { badOption } from '@linkspan/core'

/**
 * A tenant with what is known of it. `id` is what keeps it apart from all others.
 *
 * @example
 * const acme: TenantRecord & { plan: string } = { id: 'acme', plan: 'gold' }
 */
export interface TenantRecord {
  readonly id: string
}

/** The longest id, in UTF-16 units: the limits of rates tell keys apart by their first 256. */
const MAX_ID = 128
/** What means nothing to a log, a file system, a query or an engine. */
const PLAIN = /[A-Za-z0-9][A-Za-z0-9._-]*/

/** Decides what may be the id of a tenant. */
export type IdCheck = (id: unknown) => id is string

/** A check for the whole of an id. Flags that make a pattern remember where it was are not taken over. */
export function idCheck(pattern: RegExp = PLAIN): IdCheck {
  if (!(pattern instanceof RegExp)) throw badOption('pattern takes a regular expression.')
  const entire = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replaceAll(/[gym]/g, ''))
  return (id): id is string =>
    typeof id === 'string' && id !== '' && id.length <= MAX_ID && id.isWellFormed() && entire.test(id)
}

/** What keeps a tenant apart from others. */
export function idOf(tenant: string | TenantRecord): string {
  return typeof tenant === 'string' ? tenant : tenant.id
}
