import type { IncomingMessage, RequestListener } from 'node:http'
import { type Attachment, type Linkspan, Served, upgradeRequired } from '@linkspan/core'
import { Acceptor } from './acceptor.js'
import { type HostRoute, HostUpgrade } from './host-upgrade.js'
import { refuse } from './refuse.js'
import { checkRequest } from './request.js'
import { matcher } from './route.js'
import { addRoute, type UpgradeServer } from './server-routes.js'

export type { Attachment } from '@linkspan/core'
export type { HostRoute } from './host-upgrade.js'
export type { UpgradeServer } from './server-routes.js'

/**
 * Which upgrade requests of a server go to the framework.
 *
 * @example
 * attachHost(server, web, { path: '/chat/:room' })
 */
export interface HostOptions {
  /** Path patterns with named segments, such as `/chat/:room`. Default: every path that nobody else attached here has. */
  readonly path?: string | readonly string[]
}

/** An upgrade request on its way through a framework, and what it came through. */
interface Underway {
  readonly upgrade: HostUpgrade
  readonly attachment: Served
}

const arrivals = new WeakMap<IncomingMessage, Underway>()

/**
 * Sends a server's upgrade requests through a framework, as if they were ordinary requests. Malformed ones are refused
 * before.
 *
 * Where the server has other `'upgrade'` listeners, a path that the framework answers with 404 is left to them.
 *
 * Answers what takes it off the server again.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a malformed pattern.
 *
 * @example
 * attachHost(server, koa.callback())
 */
export function attachHost(
  server: UpgradeServer,
  listener: RequestListener,
  options: HostOptions = {},
): Attachment {
  const remove = addRoute(server, {
    match: options.path === undefined ? undefined : matcher(options.path),
    take: (arrival) => {
      const refusal = checkRequest(arrival.req)
      if (refusal === undefined) {
        const upgrade = new HostUpgrade(arrival)
        arrivals.set(arrival.req, { upgrade, attachment })
        upgrade.run(listener)
      } else if (!arrival.shared) refuse(arrival.socket, refusal)
    },
  })
  const attachment = new Served(remove)
  return attachment
}

/** Gives a request that reached its route to the application. */
export type Enter = (req: IncomingMessage, route: HostRoute) => void

/**
 * Answers what a framework's route calls: it gives an upgrade request to the application, which answers through
 * `route.respond`. What is no upgrade request is answered with 426.
 *
 * @example
 * const enter = entrance(app)
 * router.get('/chat', (req, res) => enter(req, { url: req.url, address, params: {}, native: req, respond }))
 */
export function entrance(app: Linkspan<unknown>): Enter {
  const acceptor = new Acceptor(app)
  return (req, route) => {
    const underway = arrivals.get(req)
    arrivals.delete(req)
    if (underway === undefined) return route.respond(upgradeRequired())
    underway.attachment.serves(app)
    underway.upgrade.enter(app, acceptor, route)
  }
}
