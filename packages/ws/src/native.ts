import type { IncomingMessage } from 'node:http'
import type { HandshakeRequest } from '@linkspan/core'

/**
 * The `IncomingMessage` of a connection's upgrade, typed.
 *
 * @example
 * const { encrypted } = native(conn).socket as TLSSocket
 */
export function native(conn: { readonly request: HandshakeRequest }): IncomingMessage {
  return conn.request.native as IncomingMessage
}
