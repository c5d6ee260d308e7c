import {
  type Authenticated,
  type Connection,
  type HandshakeRequest,
  type Identity,
  type Middleware,
  named,
} from '@linkspan/core'

/** Says who sends a request; `null` for nobody. */
export type IdentityCheck<Data> = (
  request: HandshakeRequest,
  conn: Connection<Data>,
) => Identity | null | Promise<Identity | null>

/**
 * What {@link authenticate} can be told.
 *
 * @example
 * authenticate(byApiKey, { challenge: 'ApiKey realm="chat"' })
 */
export interface AuthenticateOptions {
  /** The `WWW-Authenticate` of a refusal (RFC 9110 §11.6.1). Default: none. */
  readonly challenge?: string
}

/**
 * Authenticates by a check of one's own. `null` is 401; what the check throws is what a middleware throws: a `Rejection`
 * as it says, anything else 500 and an `error` event.
 *
 * @example
 * app.use(authenticate(async ({ headers }) => keys.get(headers['x-api-key'] ?? '') ?? null))
 */
export function authenticate<Data = unknown>(
  check: IdentityCheck<Data>,
  options: AuthenticateOptions = {},
): Middleware<Data, Authenticated> {
  const { challenge } = options
  const headers = challenge === undefined ? {} : { 'www-authenticate': challenge }

  return named('authenticate', (conn, next) => {
    const enter = (identity: Identity | null) => {
      // JavaScript forgets to return: `undefined` is nobody as well.
      if (identity === null || identity === undefined) return conn.reject({ status: 401, headers })
      conn.authenticate(identity)
      return next<Authenticated>()
    }
    const answer = check(conn.request, conn)
    return answer instanceof Promise ? answer.then(enter) : enter(answer)
  })
}
