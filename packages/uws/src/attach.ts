import type { TemplatedApp } from 'uWebSockets.js'
import type { Linkspan } from '@linkspan/core'
import { decline } from './decline.js'
import { namesOf } from './route.js'
import { type UpgradeOptions, upgrade } from './upgrade.js'

/**
 * Which upgrade requests of a server are meant.
 *
 * @example
 * attach(uws, app, { path: ['/chat', '/chat/:room'], trustProxy: 1 })
 */
export interface AttachOptions extends Pick<UpgradeOptions, 'trustProxy'> {
  /** Path patterns with named segments, such as `/chat/:room`. Default: `/*`, every path that has no route of its own. */
  readonly path?: string | readonly string[]
}

/**
 * Serves an application on some paths of a server, and answers what never gets to `.ws()` there. Named segments are in
 * `conn.request.params`.
 *
 * Other routes of the server are left alone, also a `get` at the same path.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * attach(uws, app, { path: '/chat/:room' })
 */
export function attach(uws: TemplatedApp, app: Linkspan<unknown>, options: AttachOptions = {}): void {
  const { path = '/*', ...rest } = options
  // All are checked before one is registered.
  for (const [pattern, params] of [path].flat().map((each) => [each, namesOf(each)] as const)) {
    uws.ws(pattern, upgrade(app, { ...rest, params })).any(pattern, decline(app))
  }
}
