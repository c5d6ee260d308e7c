import type { IncomingMessage } from 'node:http'
import { type Handshake, type HandshakeRequest, headerLines, type Upgrade } from '@linkspan/core'
import type { Acceptor } from './acceptor.js'
import type { PendingSocket } from './pending-socket.js'
import { type Patience, refuse } from './refuse.js'
import { WsTransport } from './transport.js'

/** The further header lines of a 101. */
export function linesOf({ protocol, headers }: Pick<Upgrade, 'protocol' | 'headers'>): string[] {
  const lines = headerLines(headers).map(([name, value]) => `${name}: ${value}`)
  return protocol === '' ? lines : [...lines, `Sec-WebSocket-Protocol: ${protocol}`]
}

/** An upgrade request on a bare server. */
export function bareHandshake(
  request: HandshakeRequest,
  req: IncomingMessage,
  pending: PendingSocket,
  acceptor: Acceptor,
  patience: Patience,
): Handshake {
  const { socket } = pending
  return {
    request,
    via: 'ws',
    accept(upgrade) {
      const transport = new WsTransport(socket, upgrade.sink)
      const early = pending.take()
      const ws = early && acceptor.accept(req, socket, early, linesOf(upgrade))
      if (ws === undefined) transport.fail()
      else transport.open(ws)
      return transport
    },
    reject(status, headers, body) {
      if (pending.take() !== undefined) refuse(socket, { status, headers, body }, patience)
    },
    onAbort: (callback) => pending.onGone(callback),
  }
}
