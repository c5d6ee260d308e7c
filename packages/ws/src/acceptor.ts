import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Linkspan } from '@linkspan/core'
import { type PerMessageDeflateOptions, type Server, type ServerOptions, WebSocketServer } from 'ws'
import { FramedSocket } from './framed-socket.js'

/** Writes the 101s of one application, and frames what follows: `ws`, set up as the application says. */
export class Acceptor {
  readonly #server: Server<typeof FramedSocket>
  #lines: readonly string[] = []

  constructor(app: Linkspan<unknown>) {
    const { maxPayload, compressionThreshold, closeTimeout } = app.options
    // Each part of a message pins the whole chunk it came in, however small it is.
    const parts = Math.max(1_024, maxPayload >> 8)
    const options: ServerOptions<typeof FramedSocket> & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      WebSocket: FramedSocket,
      maxPayload,
      maxFragments: parts,
      maxBufferedChunks: parts,
      closeTimeout,
      perMessageDeflate: compressionThreshold === undefined ? false : deflate(compressionThreshold),
      // The pong is ours: it leaves with what else is sent in its turn, and the core bounds what waits.
      autoPong: false,
    }
    this.#server = new WebSocketServer(options)
    this.#server.on('headers', (headers) => headers.push(...this.#lines))
    // Whoever listens answers: without a listener `ws` would, with a page of its own.
    this.#server.on('wsClientError', () => {})
  }

  /**
   * Answers 101 with these further header lines; `undefined` where the socket is gone. `early`: bytes that belong before
   * what is still to be read from the socket, which is paused.
   */
  accept(
    req: IncomingMessage,
    socket: Duplex,
    early: Buffer,
    lines: readonly string[],
  ): FramedSocket | undefined {
    let accepted: FramedSocket | undefined
    const listeners = socket.listenerCount('end')
    this.#lines = lines
    const offer = req.headers['sec-websocket-extensions']
    // Nobody has to take part in an extension (RFC 6455 §9.1), least of all in one whose offer is malformed.
    for (const extensions of [offer, undefined]) {
      if (accepted !== undefined || socket.destroyed) break
      this.#server.handleUpgrade(checked(req, extensions), socket, early, (ws) => {
        accepted = ws
      })
    }
    if (accepted !== undefined && socket.listenerCount('end') === listeners + 1) endOnce(socket)
    socket.resume()
    return accepted
  }
}

/**
 * Takes off what `ws` has just put on the end of its socket: our own listener does what is left to do there. That of `ws`
 * ends the socket and the receiver, both of which end otherwise too, and for every second end Node makes an error with its
 * stack, which nobody sees.
 */
function endOnce(socket: Duplex): void {
  const listener = socket.listeners('end').at(-1)
  if (listener !== undefined) socket.off('end', listener as () => void)
}

/**
 * All that `ws` reads of a request, which was checked before. It knows neither an `Upgrade` of several protocols nor that
 * the subprotocol is chosen already.
 */
function checked({ headers }: IncomingMessage, extensions: string | undefined): IncomingMessage {
  const asked = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': headers['sec-websocket-key'],
    'sec-websocket-extensions': extensions,
  }
  return { method: 'GET', headers: asked } as unknown as IncomingMessage
}

/** Nothing is kept between messages: with it, an idle connection would hold some 300 KB for zlib. */
function deflate(threshold: number): PerMessageDeflateOptions {
  return {
    threshold,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    zlibDeflateOptions: { level: 4, memLevel: 7 },
  }
}
