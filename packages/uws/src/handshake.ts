import type { HttpResponse, us_socket_context_t } from 'uWebSockets.js'
import {
  type AnswerHeaders,
  type Handshake,
  type HandshakeRequest,
  type HttpRefusal,
  headerLines,
  reasonPhrase,
  type Transport,
  type Upgrade,
} from '@linkspan/core'
import { type SocketData, UwsTransport } from './transport.js'

/**
 * An upgrade request that waits for its answer. uWebSockets.js throws at whoever touches a response that was answered or
 * aborted, so it is let go of at once in either case.
 */
export class UwsHandshake implements Handshake {
  readonly request: HandshakeRequest
  readonly via: string = 'uws'
  readonly #context: us_socket_context_t
  readonly #threshold: number | undefined
  #res: HttpResponse | undefined
  #aborted: (() => void) | undefined

  /** `read` is called once, at once: what it throws finds the response looked after. */
  constructor(
    res: HttpResponse,
    context: us_socket_context_t,
    threshold: number | undefined,
    read: () => HandshakeRequest,
  ) {
    this.#res = res
    this.#context = context
    this.#threshold = threshold
    // uWebSockets.js ends the process where a handler returns without having done this.
    res.onAborted(() => {
      this.#take()
      this.#aborted?.()
    })
    this.request = read()
  }

  accept({ protocol, headers, sink }: Upgrade): Transport {
    const transport = new UwsTransport(sink, this.#threshold)
    const res = this.#take()
    if (res === undefined) {
      transport.fail()
      return transport
    }
    const asked = this.request.headers
    const extensions = this.#threshold === undefined ? '' : (asked['sec-websocket-extensions'] ?? '')
    res.cork(() => {
      const lines = headerLines(headers)
      // Without further headers uWebSockets.js writes the status by itself.
      if (lines.length > 0) writeHead(res, '101 Switching Protocols', lines)
      res.upgrade<SocketData>(
        { linkspan: transport },
        asked['sec-websocket-key'] ?? '',
        protocol,
        extensions,
        this.#context,
      )
    })
    return transport
  }

  reject(status: number, headers: AnswerHeaders, body: string): void {
    const res = this.#take()
    if (res !== undefined) answer(res, { status, headers, body })
  }

  onAbort(callback: () => void): void {
    this.#aborted = callback
  }

  #take(): HttpResponse | undefined {
    const res = this.#res
    this.#res = undefined
    return res
  }
}

/** Refuses a request, and ends its socket. */
export function answer(res: HttpResponse, { status, headers, body }: HttpRefusal): void {
  res.cork(() => {
    writeHead(res, `${status} ${reasonPhrase(status)}`, headerLines(headers))
    res.end(body, true)
  })
}

function writeHead(res: HttpResponse, status: string, lines: readonly (readonly [string, string])[]): void {
  res.writeStatus(status)
  for (const [name, value] of lines) res.writeHeader(name, value)
}
