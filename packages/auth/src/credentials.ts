import type { HandshakeRequest } from '@linkspan/core'
import { parseCookie } from 'cookie'

/** Where credentials can stand in an upgrade request. */
export type RequestSource = 'header' | 'protocol' | 'cookie' | 'query'

/** The names that credentials go by. */
export interface CredentialNames {
  readonly cookie: string
  readonly query: string
  /** What an offered subprotocol begins with that carries them. */
  readonly protocol: string
}

/** The token of an `Authorization: Bearer` (RFC 6750 §2.1). */
const BEARER = /^bearer +([\w.~+/-]+=*)$/i

/**
 * All credentials of a request, from the given sources only: more than one is for the caller to refuse. What is there
 * but malformed comes as an empty text.
 */
export function credentialsIn(
  request: HandshakeRequest,
  from: readonly RequestSource[],
  names: CredentialNames,
): readonly string[] {
  return from.flatMap((source) => SOURCES[source](request, names))
}

type Source = (request: HandshakeRequest, names: CredentialNames) => readonly string[]

const SOURCES: Readonly<Record<RequestSource, Source>> = {
  header({ headers }) {
    const { authorization } = headers
    // Other schemes are somebody else's: a proxy's Basic, say.
    if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return []
    return [BEARER.exec(authorization)?.[1] ?? '']
  },

  protocol({ protocols }, names) {
    return protocols
      .filter((offered) => offered.startsWith(names.protocol))
      .map((offered) => offered.slice(names.protocol.length))
  },

  // A cookie that stands there twice with two values was planted by somebody: a sibling domain can (RFC 6265 §8.6).
  // An empty one is what a log-out leaves behind.
  cookie({ headers }, names) {
    const { cookie } = headers
    if (cookie === undefined) return []
    const first = parseCookie(cookie)[names.cookie]
    const last = parseCookie(cookie.split(';').reverse().join(';'))[names.cookie]
    return [...new Set([first ?? '', last ?? ''])].filter((value) => value !== '')
  },

  query({ query }, names) {
    return query.getAll(names.query)
  },
}
