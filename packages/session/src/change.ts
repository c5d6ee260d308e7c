import { draftOf, type Snapshot, snapshot } from './values.js'

/** What an application has done to a session, so that it can be done again to what another node wrote meanwhile. */
export type Change =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | {
      readonly kind: 'update'
      readonly update: (values: Record<string, unknown>) => object
    }

/**
 * The values after a change.
 *
 * @throws LinkspanError where they cannot be kept; and whatever `update` throws
 */
export function changed(before: Snapshot, change: Change, maxSize: number): Snapshot {
  if (change.kind === 'set') return snapshot({ ...before.values, [change.key]: change.value }, maxSize)
  return snapshot(change.update(draftOf(before)), maxSize)
}
