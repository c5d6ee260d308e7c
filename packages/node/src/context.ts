import { AsyncResource } from 'node:async_hooks'
import type { AsyncContext, RunInContext } from '@linkspan/core'

/**
 * Carries what every AsyncLocalStorage holds at the end of the pipeline into all handlers, hooks and releases of the
 * same connection.
 *
 * @example
 * const trace = new AsyncLocalStorage<string>()
 * const app = linkspan({ context: asyncContext() }).use((conn, next) => trace.run(conn.id, next))
 */
export function asyncContext(): AsyncContext {
  return { capture }
}

/**
 * Does what `AsyncLocalStorage.snapshot()` does, in a tenth of its time on Node 20: that gathers arguments, and spreads them
 * again, for each message.
 */
function capture(): RunInContext {
  const resource = new AsyncResource('linkspan.connection', { requireManualDestroy: true })
  const run = <First, Second, Result>(
    callback: (first: First, second: Second) => Result,
    first: First,
    second: Second,
  ): Result => resource.runInAsyncScope(callback, undefined, first, second)
  return run as RunInContext
}
