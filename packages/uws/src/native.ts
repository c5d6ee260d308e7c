import type { HandshakeRequest } from '@linkspan/core'

/**
 * Nothing: a request of uWebSockets.js is gone when its handler returns. Here so that code which asks for the framework's
 * request compiles with every adapter, and learns from the type that this one has none.
 *
 * @example
 * native(conn)?.headers
 */
export function native(_conn: { readonly request: HandshakeRequest }): undefined {
  return undefined
}
