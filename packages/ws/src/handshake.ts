import type { IncomingMessage } from 'node:http'
import type { Handshake, HandshakeRequest, Linkspan, Transport, Upgrade } from '@linkspan/core'
import type { Acceptor } from './acceptor.js'
import type { PendingSocket } from './pending-socket.js'
import { type Patience, refuse } from './refuse.js'
import { WsTransport } from './transport.js'

/** The further header lines of a 101. */
export function linesOf({ protocol, headers }: Upgrade): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return protocol === '' ? lines : [...lines, `Sec-WebSocket-Protocol: ${protocol}`]
}

/** An upgrade request on a bare server. */
export class WsHandshake implements Handshake {
  readonly request: HandshakeRequest
  readonly #req: IncomingMessage
  readonly #pending: PendingSocket
  readonly #acceptor: Acceptor
  readonly #patience: Patience

  constructor(
    request: HandshakeRequest,
    req: IncomingMessage,
    pending: PendingSocket,
    acceptor: Acceptor,
    app: Linkspan<unknown>,
  ) {
    this.request = request
    this.#req = req
    this.#pending = pending
    this.#acceptor = acceptor
    this.#patience = app.options
  }

  accept(upgrade: Upgrade): Transport {
    const { socket } = this.#pending
    const transport = new WsTransport(socket, upgrade.sink)
    const early = this.#pending.take()
    const ws = early && this.#acceptor.accept(this.#req, socket, early, linesOf(upgrade))
    if (ws === undefined) transport.fail()
    else transport.open(ws)
    return transport
  }

  reject(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.#pending.take() === undefined) return
    refuse(this.#pending.socket, { status, headers, body }, this.#patience)
  }

  onAbort(callback: () => void): void {
    this.#pending.onGone(callback)
  }
}
