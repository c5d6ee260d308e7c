import { promiseOf } from './inbox.js'

/** Decides, by the present identity, whether a connection may stay: what it throws, or rejects with, ends it. */
export type RenewalHook = () => void | Promise<void>

/** Whose identity is renewed. */
export interface RenewalOwner {
  readonly ending: boolean
  /** Ends the connection by what a hook threw. */
  renewalFailed(thrown: unknown): void
}

/** By connection, and not in it: those that have no hook carry nothing for it. */
const hooks = new WeakMap<RenewalOwner, RenewalHook[]>()

/** Adds a hook, behind those that there are. */
export function addRenewalHook(owner: RenewalOwner, hook: RenewalHook): void {
  const there = hooks.get(owner)
  if (there === undefined) hooks.set(owner, [hook])
  else there.push(hook)
}

/** Runs the hooks in order, until one of them has ended the connection; waits for none. Never throws. */
export function runRenewalHooks(owner: RenewalOwner): void {
  const failed = (thrown: unknown): void => owner.renewalFailed(thrown)
  for (const hook of [...(hooks.get(owner) ?? [])]) {
    if (owner.ending) return
    try {
      void promiseOf(hook())?.then(undefined, failed)
    } catch (thrown) {
      return failed(thrown)
    }
  }
}

/** The connection has ended: nothing is decided about it any more. */
export function dropRenewalHooks(owner: RenewalOwner): void {
  hooks.delete(owner)
}
