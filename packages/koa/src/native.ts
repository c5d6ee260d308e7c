import type { HandshakeRequest } from '@linkspan/core'
import type { Context } from 'koa'

/**
 * The Koa context of a connection's upgrade, typed.
 *
 * @example
 * const { session } = native(conn)
 */
export function native(conn: { readonly request: HandshakeRequest }): Context {
  return conn.request.native as Context
}
