import type { Connection } from '@linkspan/core'

/** Looks at a renewed identity; where that may not stay it closes the connection, and answers `false`. */
export type RenewalHook = () => boolean | Promise<boolean>

/** Held as long as the connection is, and by nothing else. */
const hooks = new WeakMap<object, readonly RenewalHook[]>()

/** Registers what the handshake has decided by the identity, and has to decide again with another one. */
export function onRenewal(conn: Connection<unknown>, hook: RenewalHook): void {
  hooks.set(conn, [...(hooks.get(conn) ?? []), hook])
}

/**
 * Decides again, by the connection's present identity, what `authorize` and `revocation` decided in the handshake.
 * `renewal` does so by itself: this is for whoever calls `conn.renew` by hand, right after it.
 *
 * Answers whether the connection may stay; where not, it is closed with 4003, 4001 or 4200. A promise only where a policy
 * answers one; it rejects with what a policy throws.
 *
 * @example
 * conn.renew(await fresh(conn.identity))
 * if (await recheck(conn)) conn.send('welcome back')
 */
export function recheck(conn: Connection<unknown>): boolean | Promise<boolean> {
  return ask(hooks.get(conn) ?? [], 0)
}

function ask(all: readonly RenewalHook[], from: number): boolean | Promise<boolean> {
  for (const [index, hook] of all.entries()) {
    if (index < from) continue
    const answer = hook()
    if (typeof answer === 'object') return answer.then((stays) => stays && ask(all, index + 1))
    if (!answer) return false
  }
  return true
}
