import type { WebSocketBehavior } from 'uWebSockets.js'
import { checkUpgrade, HandshakeRequest, type Linkspan } from '@linkspan/core'
import { addressBy, remoteAddress, type TrustProxy } from './address.js'
import { notFound } from './decline.js'
import { answer, UwsHandshake } from './handshake.js'
import { copyRequest, joinHeaders } from './request.js'
import { paramsOf } from './route.js'
import { type SocketData, transportOf } from './transport.js'

/**
 * How requests are read.
 *
 * @example
 * uws.ws('/chat/:room', upgrade(app, { params: ['room'], trustProxy: 1 }))
 */
export interface UpgradeOptions {
  /** The names of the pattern's segments, in order: uWebSockets.js does not tell them. Default: none. */
  readonly params?: readonly string[]
  /** Whose `X-Forwarded-For` counts. Default: `false`, nobody's. */
  readonly trustProxy?: TrustProxy
}

/** `SHARED_COMPRESSOR | SHARED_DECOMPRESSOR` by value, so that nothing of uWebSockets.js is imported. */
const SHARED = 1 | 256
const DISABLED = 0

/**
 * Answers what `uws.ws(pattern, …)` takes: every upgrade request of that pattern goes to the application. A malformed
 * one is refused at once.
 *
 * Some malformed requests never get to `.ws()`: have `decline` answer them, or use `attach`, which does both.
 *
 * @example
 * uws.ws('/chat/:room', upgrade(app, { params: ['room'] })).any('/chat/:room', decline(app))
 */
export function upgrade(app: Linkspan<unknown>, options: UpgradeOptions = {}): WebSocketBehavior<SocketData> {
  const { params: names = [], trustProxy } = options
  const { maxPayload, compressionThreshold } = app.options
  const addressOf = addressBy(trustProxy)
  return {
    maxPayloadLength: maxPayload,
    compression: compressionThreshold === undefined ? DISABLED : SHARED,
    // No bound and no timeout of its own (0): the core bounds what waits, and knows when a peer is gone.
    maxBackpressure: 0,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    upgrade: (res, req, context) => {
      const copy = copyRequest(req)
      const refusal = checkUpgrade(copy)
      if (refusal !== undefined) return answer(res, refusal)
      const params = paramsOf(req, names)
      if (params === undefined) return answer(res, notFound())
      const read = (): HandshakeRequest => {
        const headers = joinHeaders(copy)
        const address = addressOf(remoteAddress(res), headers['x-forwarded-for'])
        return new HandshakeRequest({ url: copy.url, headers, params, address })
      }
      app.handle(new UwsHandshake(res, context, compressionThreshold, read))
    },
    open: (ws) => transportOf(ws).opened(ws),
    message: (ws, message, binary) => transportOf(ws).received(message, binary),
    drain: (ws) => transportOf(ws).drained(),
    ping: (ws) => transportOf(ws).pinged(),
    pong: (ws) => transportOf(ws).ponged(),
    close: (ws, code, message) => transportOf(ws).concluded(code, message),
  }
}
