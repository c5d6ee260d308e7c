import { LinkspanError } from './errors.js'
import type { HandshakeRequest } from './request.js'

/** Which origins may connect: the page's own host, all, these, or as a function says. */
export type OriginPolicy =
  | 'same'
  | '*'
  | readonly string[]
  | ((origin: string | undefined, request: HandshakeRequest) => boolean)

/** Answers whether a request may come in. */
export type OriginCheck = (request: HandshakeRequest) => boolean

/**
 * Turns a policy into a check (RFC 6454, RFC 6455 §10.2). A missing `Origin` is no browser, and passes everything but a
 * function; `null` passes only `'*'`, or a function.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an entry that is no origin.
 */
export function originCheck(policy: OriginPolicy): OriginCheck {
  if (typeof policy === 'function') return (request) => decided(policy(request.headers['origin'], request))
  if (policy === '*') return () => true
  if (policy === 'same') return sameHost
  if (!Array.isArray(policy)) throw bad("origin takes 'same', '*', a list of origins, or a function.")
  const allowed = new Set(policy.map(normalize))
  return ({ headers }) => {
    const origin = headers['origin']
    return origin === undefined || allowed.has(origin)
  }
}

/** A promise would be truthy, and let everybody in. */
function decided(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw bad('the origin function answers true or false, at once.')
}

function sameHost({ headers }: HandshakeRequest): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (host === undefined) return false
  const scheme = /^https?:\/\//.exec(origin)?.[0]
  if (scheme === undefined) return false
  if (origin === scheme + host) return true
  const origins = parse(origin)?.host
  return origins !== undefined && origins === parse(scheme + host)?.host
}

/** Schemes that the URL standard gives no origin, such as those of browser extensions and desktop shells. */
const OTHER_SCHEME = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+$/

function normalize(entry: string): string {
  const origin = entry.toLowerCase()
  const standard = parse(origin)?.origin
  if (!origin.includes('*') && (standard === origin || (standard === 'null' && OTHER_SCHEME.test(origin))))
    return origin
  throw bad(
    `'${entry}' is no origin. Give scheme, host and a port that is not the scheme's own, as a browser sends it: 'https://app.example'.`,
  )
}

function bad(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_OPTION', message)
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}
