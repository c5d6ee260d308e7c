import { AsyncLocalStorage } from 'node:async_hooks'
import type { AsyncContext } from '@linkspan/core'

/**
 * Carries what every AsyncLocalStorage holds at the end of the pipeline into all handlers, hooks and releases of the
 * same connection.
 *
 * @example
 * const trace = new AsyncLocalStorage<string>()
 * const app = linkspan({ context: asyncContext() }).use((conn, next) => trace.run(conn.id, next))
 */
export function asyncContext(): AsyncContext {
  return { capture: () => AsyncLocalStorage.snapshot() }
}
