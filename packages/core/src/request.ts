/**
 * What an adapter knows of an upgrade request.
 *
 * @example
 * const init: HandshakeRequestInit = { url: '/chat', headers: { host: 'chat.example' }, address: '192.0.2.7' }
 */
export interface HandshakeRequestInit {
  /** Path and query, as sent. */
  readonly url: string
  /** Lower-case names; repeated ones joined as HTTP says. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The client's address, by the host's trust settings. */
  readonly address: string
  /** Route parameters, decoded. Default: none. */
  readonly params?: Readonly<Record<string, string>>
  /** The framework's own request. Default: none. */
  readonly native?: unknown
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/**
 * The upgrade request: a plain copy that stays valid for the connection's whole life.
 *
 * @example
 * new HandshakeRequest({ url: '/chat/lobby?v=2', headers: { host: 'chat.example' }, address: '192.0.2.7' }).path // '/chat/lobby'
 */
export class HandshakeRequest {
  /** As sent: path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string>>
  /** The client's address, by the host's trust settings. */
  readonly address: string
  /** The framework's request; each adapter exports a typed `native(conn)`. `undefined` on uWebSockets.js. */
  readonly native: unknown
  #query: URLSearchParams | undefined

  constructor(init: HandshakeRequestInit) {
    this.url = init.url
    this.headers = init.headers
    this.params = init.params ?? NO_PARAMS
    this.address = init.address
    this.native = init.native
  }

  /** The url up to its query. */
  get path(): string {
    const end = this.url.indexOf('?')
    return end < 0 ? this.url : this.url.slice(0, end)
  }

  /** The query, parsed when first asked for. */
  get query(): URLSearchParams {
    const start = this.url.indexOf('?')
    this.#query ??= new URLSearchParams(start < 0 ? '' : this.url.slice(start + 1))
    return this.#query
  }

  /** The subprotocols that the client offers, in its order of preference. */
  get protocols(): readonly string[] {
    return listOf(this.headers['sec-websocket-protocol'])
  }
}

function listOf(header: string | undefined): readonly string[] {
  if (header === undefined || header === '') return []
  return header.split(',').map((item) => item.trim())
}
