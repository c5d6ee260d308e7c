/** Runs a function, with its arguments, in a context captured earlier. */
export type RunInContext = <Args extends readonly [first?: unknown, second?: unknown], Result>(
  callback: (...args: Args) => Result,
  ...args: Args
) => Result

/**
 * Carries ambient context (AsyncLocalStorage in Node) from the end of the pipeline into every handler, hook and
 * release of the same connection. The core knows no such storage itself; `asyncContext()` of `@linkspan/node` is one.
 *
 * @example
 * linkspan({ context: { capture: () => AsyncLocalStorage.snapshot() } })
 */
export interface AsyncContext {
  /** Captures the context of the caller. Called once a connection, when its pipeline has reached its end. */
  capture(): RunInContext
}
