import { type Attachment, type Linkspan, Served } from '@linkspan/core'
import { matcher } from './route.js'
import { addRoute, type UpgradeServer } from './server-routes.js'
import { admission, type UpgradeOptions } from './upgrade.js'

/**
 * Which upgrade requests of a server are meant.
 *
 * @example
 * attach(server, app, { path: ['/chat', '/chat/:room'], trustProxy: 1 })
 */
export interface AttachOptions extends UpgradeOptions {
  /** Path patterns with named segments, such as `/chat/:room`. Default: every path that nobody else attached here has. */
  readonly path?: string | readonly string[]
}

/**
 * Serves an application on some paths of a server. Named segments are in `conn.request.params`.
 *
 * Several calls for one server share one listener. A path that none of them has is left to the server's other
 * `'upgrade'` listeners; where there are none, it is answered with 404 and the end of the socket.
 *
 * Answers what takes it off the server again.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * attach(server, app, { path: '/chat/:room' })
 */
export function attach(
  server: UpgradeServer,
  app: Linkspan<unknown>,
  options: AttachOptions = {},
): Attachment {
  const { path } = options
  const admit = admission(app, options)
  const remove = addRoute(server, {
    match: path === undefined ? undefined : matcher(path),
    take: ({ req, socket, head, params }) => admit(req, socket, head, params),
  })
  const attachment = new Served(remove)
  attachment.serves(app)
  return attachment
}
