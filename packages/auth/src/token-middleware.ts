import type { Authenticated, Identity, Middleware } from '@linkspan/core'

/**
 * Middleware that authenticates by a token, and verifies further tokens of the same kind for whoever renews.
 *
 * @example
 * const tokens: TokenMiddleware = jwt({ secret })
 * app.use(tokens)
 */
export interface TokenMiddleware extends Middleware<unknown, Authenticated> {
  /**
   * Says whose token it is.
   *
   * @throws Rejection 401 where the token is not good, 503 with `Retry-After` where its keys cannot be had.
   */
  verify(token: string): Promise<Identity>
}
