import type { HandshakeRequest } from '@linkspan/core'
import type { Request } from 'express'

/**
 * The Express request of a connection's upgrade, typed.
 *
 * @example
 * const { session } = native(conn)
 */
export function native(conn: { readonly request: HandshakeRequest }): Request {
  return conn.request.native as Request
}
