import type { TemplatedApp, WebSocketBehavior } from 'uWebSockets.js'
import { type Attachment, type Linkspan, Served } from '@linkspan/core'
import { decline } from './decline.js'
import { namesOf } from './route.js'
import type { SocketData } from './transport.js'
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
 * Answers what takes it off the server again: its routes then yield to whatever else the server has at their paths.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * attach(uws, app, { path: '/chat/:room' })
 */
export function attach(uws: TemplatedApp, app: Linkspan<unknown>, options: AttachOptions = {}): Attachment {
  const { path = '/*', ...rest } = options
  let attached = true
  // uWebSockets.js cannot take a route away: one that yields is as good as none.
  const declined = decline(app)
  const behaviour = (params: readonly string[]): WebSocketBehavior<SocketData> => {
    const { upgrade: take, ...others } = upgrade(app, { ...rest, params })
    return {
      ...others,
      upgrade: (res, req, context) => {
        if (attached) void take?.(res, req, context)
        else req.setYield(true)
      },
    }
  }
  // All are checked before one is registered.
  for (const [pattern, params] of [path].flat().map((each) => [each, namesOf(each)] as const)) {
    uws.ws(pattern, behaviour(params)).any(pattern, (res, req) => {
      if (attached) declined(res, req)
      else req.setYield(true)
    })
  }
  const attachment = new Served(() => {
    attached = false
  })
  attachment.serves(app)
  return attachment
}
