import type { Connection } from '@linkspan/core'

/** Decisions about renewed identities that are under way; gone when they are made. */
const pending = new WeakMap<object, Promise<unknown>>()

/** Remembers that something about a connection is decided later. */
export function decideLater(conn: Connection<unknown>, decision: Promise<void>): void {
  const all = Promise.allSettled([pending.get(conn), decision])
  pending.set(conn, all)
  void all.then(() => {
    if (pending.get(conn) === all) pending.delete(conn)
  })
}

/**
 * Waits until everything is decided about a connection's renewed identity, and answers whether it stays: for whoever has
 * called `conn.renew` by hand, and wants to answer the client only then. `renewal` does so by itself.
 *
 * A promise only where a policy of `authorize` answers one. It never rejects: what a policy throws ends the connection.
 *
 * @example
 * conn.renew(await fresh(conn.identity))
 * if (await rechecked(conn)) conn.send('welcome back')
 */
export function rechecked(conn: Connection<unknown>): boolean | Promise<boolean> {
  return pending.get(conn)?.then(() => rechecked(conn)) ?? isOpen(conn)
}

function isOpen({ state }: Connection<unknown>): boolean {
  return state !== 'closing' && state !== 'closed'
}
