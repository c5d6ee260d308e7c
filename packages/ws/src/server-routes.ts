import type { IncomingMessage, Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { httpRefusal, Rejection } from '@linkspan/core'
import { refuse } from './refuse.js'
import { checkRequest } from './request.js'
import { type Match, NO_PARAMS } from './route.js'

/** What a server calls for its `'upgrade'` event. */
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A server that upgrades. */
export type UpgradeServer = Server | SecureServer

/** An upgrade request on its way to a route. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly params: Readonly<Record<string, string>>
  /** Whether somebody else listens too, to whom the request may belong. */
  readonly shared: boolean
}

/** Where upgrade requests of a server go. */
export interface ServerRoute {
  /** `undefined`: every path that no other route has. */
  readonly match: Match | undefined
  take(arrival: Arrival): void
}

// Found again by another copy of this module too, such as the CommonJS one.
const ROUTES = Symbol.for('@linkspan/ws.routes')

/** Routes, and the listener that all of them are. */
interface Listening {
  readonly routes: ServerRoute[]
  readonly listener: UpgradeListener
}

/** Adds a route to a server. All of them are one `'upgrade'` listener. Answers what takes it off again. */
export function addRoute(server: UpgradeServer, route: ServerRoute): () => void {
  const marked = server as UpgradeServer & { [ROUTES]?: Listening }
  const listening = marked[ROUTES] ?? listen(server)
  marked[ROUTES] = listening
  const { routes, listener } = listening
  routes.push(route)
  return () => {
    routes.splice(routes.indexOf(route), 1)
    if (routes.length > 0) return
    server.off('upgrade', listener)
    delete marked[ROUTES]
  }
}

function listen(server: UpgradeServer): Listening {
  const routes: ServerRoute[] = []
  const listener: UpgradeListener = (req, socket, head) =>
    dispatch(routes, server.listenerCount('upgrade') > 1, req, socket, head)
  server.on('upgrade', listener)
  return { routes, listener }
}

function dispatch(
  routes: readonly ServerRoute[],
  others: boolean,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const [path = ''] = (req.url ?? '').split('?', 1)
  for (const route of routes) {
    const params = route.match?.(path)
    if (params !== undefined) return route.take({ req, socket, head, params, shared: false })
  }
  const rest = routes.find(({ match }) => match === undefined)
  if (rest !== undefined) return rest.take({ req, socket, head, params: NO_PARAMS, shared: others })
  if (others) return
  refuse(socket, checkRequest(req) ?? httpRefusal(new Rejection({ status: 404 })))
}
