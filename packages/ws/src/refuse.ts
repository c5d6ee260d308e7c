import { type Duplex, finished } from 'node:stream'
import { type Clock, type HttpRefusal, headerLines, reasonPhrase, systemClock } from '@linkspan/core'

/** How long a socket may outlive what was said on it. */
export interface Patience {
  readonly clock: Clock
  /** Milliseconds. */
  readonly closeTimeout: number
}

/** Where no application is known yet. */
const PATIENCE: Patience = { clock: systemClock, closeTimeout: 5_000 }

/** Answers an upgrade request with an HTTP status, and ends its socket. */
export function refuse(socket: Duplex, { status, headers, body }: HttpRefusal, patience?: Patience): void {
  const lines = [`HTTP/1.1 ${status} ${reasonPhrase(status)}`]
  for (const [name, value] of headerLines(headers)) lines.push(`${name}: ${value}`)
  lines.push(`content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', body)
  socket.on('error', () => {})
  socket.end(lines.join('\r\n'))
  linger(socket, patience)
}

/**
 * Waits for the peer to end its side of a socket whose other side has ended, so that it can read what was written
 * (RFC 9112 §9.6); cuts it when that takes too long.
 */
export function linger(socket: Duplex, { clock, closeTimeout }: Patience = PATIENCE): void {
  if (socket.destroyed) return
  socket.resume()
  const timer = clock.setTimeout(() => socket.destroy(), closeTimeout)
  finished(socket, () => clock.clearTimeout(timer))
}
