import { badOption, type Connection, type HandshakeRequest, LinkspanError } from '@linkspan/core'
import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie'
import { isId } from './id.js'

/**
 * The cookie that carries the session id (RFC 6265bis).
 *
 * @example
 * session({ store, cookie: { name: 'sid', secure: false } }) // over http, on a developer's machine
 */
export interface SessionCookie {
  /** Default: `'__Host-linkspan.sid'`; where `secure` is off, `path` is not `/` or there is a `domain`: `'linkspan.sid'`. */
  readonly name?: string
  /** Sent over TLS only. Default: `true`; browsers make an exception for `localhost`, some of them. */
  readonly secure?: boolean
  /** Hidden from scripts. Default: `true`. */
  readonly httpOnly?: boolean
  /** Whether other sites' requests carry it. Default: `'lax'`. */
  readonly sameSite?: 'strict' | 'lax' | 'none'
  /** Default: `'/'`. */
  readonly path?: string
  /** Default: none, the host that set it alone. */
  readonly domain?: string
  /**
   * Whether it outlives the browser's end, for `ttl`: a rolling session's is set again in every handshake, since a live
   * connection cannot. Default: `false`.
   */
  readonly persistent?: boolean
  /** Kept apart by the site it is embedded in (CHIPS). Default: `false`. */
  readonly partitioned?: boolean
}

/** How a client presents its session id, and gets a new one. */
export interface Carrier {
  /** Whether what a handshake extends has to be told again. */
  readonly again: boolean
  /** The id, where it is one that we could have made. */
  read(request: HandshakeRequest): string | undefined
  write(conn: Connection<unknown>, id: string): void
}

/** Nothing is told the client: the application hands the id over. */
export function queryCarrier(name: string): Carrier {
  if (name === '') throw badOption('query takes the name of a parameter, not an empty one.')
  return {
    again: false,
    read: ({ query }) => checked(query.get(name)),
    write: () => {},
  }
}

/** @throws LinkspanError `LINKSPAN_OPTION` where browsers would not take the cookie */
export function cookieCarrier(options: SessionCookie, ttl: number, rolling: boolean): Carrier {
  const { secure = true, httpOnly = true, sameSite = 'lax', path = '/', domain, persistent = false } = options
  const host = secure && path === '/' && domain === undefined
  const name = options.name ?? (host ? '__Host-linkspan.sid' : 'linkspan.sid')
  const lower = name.toLowerCase()
  if (lower.startsWith('__host-') && !host) {
    throw badOption(`a cookie called ${name} has to be secure, with path '/' and no domain.`)
  }
  if (lower.startsWith('__secure-') && !secure) throw badOption(`a cookie called ${name} has to be secure.`)
  if (sameSite === 'none' && !secure) throw badOption("a cookie with sameSite 'none' has to be secure.")
  const cookie: Omit<SetCookie, 'value'> = {
    name,
    secure,
    httpOnly,
    sameSite,
    path,
    ...(domain !== undefined && { domain }),
    ...(persistent && { maxAge: Math.ceil(ttl / 1_000) }),
    ...(options.partitioned && { partitioned: true }),
  }
  try {
    stringifySetCookie({ ...cookie, value: '' })
  } catch (thrown) {
    throw badOption('cookie takes a name, a path and a domain that HTTP allows: its cause says more.', thrown)
  }
  return {
    again: persistent && rolling,
    read: ({ headers }) => checked(parseCookie(headers['cookie'] ?? '')[name]),
    write: (conn, id) => setCookie(conn, stringifySetCookie({ ...cookie, value: id })),
  }
}

function checked(presented: string | null | undefined): string | undefined {
  return isId(presented) ? presented : undefined
}

function setCookie(conn: Connection<unknown>, line: string): void {
  try {
    conn.setHeader('set-cookie', line)
  } catch (thrown) {
    // The answer is out, after accept() or to refuse visibly: the application hands the id over.
    const late =
      thrown instanceof LinkspanError && ['LINKSPAN_STATE', 'LINKSPAN_CLOSED'].includes(thrown.code)
    if (!late) throw thrown
  }
}
