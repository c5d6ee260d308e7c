import type { HandshakeRequest } from '@linkspan/core'
import type { FastifyRequest } from 'fastify'

/**
 * The Fastify request of a connection's upgrade, typed.
 *
 * @example
 * const { session } = native(conn)
 */
export function native(conn: { readonly request: HandshakeRequest }): FastifyRequest {
  return conn.request.native as FastifyRequest
}
