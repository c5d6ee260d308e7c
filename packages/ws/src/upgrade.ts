import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { HandshakeRequest, type Linkspan } from '@linkspan/core'
import { Acceptor } from './acceptor.js'
import { addressBy, type TrustProxy } from './address.js'
import { bareHandshake } from './handshake.js'
import { PendingSocket } from './pending-socket.js'
import { refuse } from './refuse.js'
import { checkRequest, headersOf } from './request.js'
import { NO_PARAMS } from './route.js'
import type { UpgradeListener } from './server-routes.js'

export type { UpgradeListener } from './server-routes.js'

/**
 * How requests are read.
 *
 * @example
 * server.on('upgrade', upgrade(app, { trustProxy: (address) => address === '10.0.0.1' }))
 */
export interface UpgradeOptions {
  /** Whose `X-Forwarded-For` counts. Default: `false`, nobody's. */
  readonly trustProxy?: TrustProxy
}

/**
 * Answers a listener that gives every upgrade request of a server to the application, whatever its path.
 *
 * A malformed upgrade is refused at once. The listener owns the sockets: it must be the server's only one. Use `attach`
 * to share a server.
 *
 * @example
 * server.on('upgrade', upgrade(app))
 */
export function upgrade(app: Linkspan<unknown>, options: UpgradeOptions = {}): UpgradeListener {
  const admit = admission(app, options)
  return (req, socket, head) => admit(req, socket, head, undefined)
}

/** Gives an upgrade request with its route parameters to the application, or refuses it. */
export type Admit = (
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  params: Readonly<Record<string, string>> | undefined,
) => void

/** Sets up what all requests to one application share. */
export function admission(app: Linkspan<unknown>, { trustProxy }: UpgradeOptions): Admit {
  const acceptor = new Acceptor(app)
  const addressOf = addressBy(trustProxy)
  return (req, socket, head, params = NO_PARAMS) => {
    const refusal = checkRequest(req)
    if (refusal !== undefined) return refuse(socket, refusal, app.options)
    const pending = new PendingSocket(socket, head)
    const request = new HandshakeRequest({
      url: req.url ?? '/',
      headers: headersOf(req),
      params,
      address: addressOf(req),
      native: req,
    })
    app.handle(bareHandshake(request, req, pending, acceptor, app.options))
  }
}
