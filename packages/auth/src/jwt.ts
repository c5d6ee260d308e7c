import {
  type Authenticated,
  badOption,
  type Connection,
  type Identity,
  MAX_DELAY,
  type Middleware,
  named,
  whole,
} from '@linkspan/core'
import { credentialsIn, type RequestSource } from './credentials.js'
import { tokenInBand } from './in-band.js'
import type { JwtOptions, TokenSource } from './jwt-options.js'
import { Refusals } from './refusals.js'
import type { TokenMiddleware } from './token-middleware.js'
import { verification } from './verification.js'

const SOURCES: readonly TokenSource[] = ['header', 'protocol', 'cookie', 'query', 'message']

/**
 * Authenticates by a JSON Web Token (RFC 7519), signed by who holds the secret or by an issuer whose public keys are
 * known. The connection's credentials end when the token does.
 *
 * A token that is not good is 401 with no word of why, `WWW-Authenticate: Bearer`, and 4010 where the 101 is out already;
 * keys that cannot be had are 503 with `Retry-After`.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * app.use(jwt({ jwks: 'https://login.example/.well-known/jwks.json', issuer: 'https://login.example', audience: 'chat' }))
 */
export function jwt(options: JwtOptions): TokenMiddleware {
  const refusals = new Refusals('Bearer', options.refused)
  const verify = verification(options, refusals)
  const { from = ['header', 'protocol'], message: shape = 'text', maxLength = 8_192 } = options
  checkSources(from)
  const { cookie = 'token', query = 'access_token', protocol = 'bearer.' } = options
  const inRequest = from.filter((source): source is RequestSource => source !== 'message')
  const inBand = from.includes('message')
  const timeout = whole('messageTimeout', options.messageTimeout ?? 3_000, 1, MAX_DELAY)

  const identify = (conn: Connection<unknown>): Promise<Identity> => {
    const [token, ...others] = credentialsIn(conn.request, inRequest, { cookie, query, protocol })
    if (others.length > 0) throw refusals.unauthorized('ambiguous')
    if (token !== undefined) return verify(token)
    if (!inBand) throw refusals.unauthorized('missing')
    return tokenInBand(conn, shape, timeout, maxLength).then((given) => verify(given ?? ''))
  }

  const middleware: Middleware<unknown, Authenticated> = (conn, next) =>
    identify(conn).then((identity) => {
      conn.authenticate(identity)
      return next<Authenticated>()
    })
  return Object.assign(named('jwt', middleware), { verify })
}

function checkSources(from: readonly TokenSource[]): void {
  const known = from.every((source) => SOURCES.includes(source))
  if (known && from.length > 0 && new Set(from).size === from.length) return
  throw badOption(`from takes some of ${SOURCES.join(', ')}, each once.`)
}
