import type { AnswerHeaders } from '../answer-headers.js'
import type { HandshakeRequest } from '../request.js'

/** What one message consists of on its way out: text as a string, bytes as they are. Not modified after the call. */
export type Payload = string | Uint8Array | ArrayBuffer

/**
 * What a transport did with a message: written (`sent`), taken but waiting for the peer (`queued`: `drain` will be
 * called), or not taken (`dropped`: the caller still owns it).
 */
export type TransportSendResult = 'sent' | 'queued' | 'dropped'

/**
 * An upgrade request that nobody has answered yet. An adapter makes one and hands it to `app.handle`.
 *
 * The handshake owns its socket from the first byte: an error listener is attached before anything is awaited, and
 * bytes that arrive early are held, in order, up to 64 KiB; then the socket is paused. Exactly one of `accept`,
 * `reject` and the abort happens; whatever comes after is a no-op.
 *
 * @example
 * app.handle({ request, accept: ({ sink }) => open(sink), reject: (status) => refuse(status), onAbort: (fn) => req.on('close', fn) })
 */
export interface Handshake {
  /** A plain copy: nothing is read from the framework after an await. */
  readonly request: HandshakeRequest
  /** What carries the connection, for those who watch: one word, such as `ws`. */
  readonly via?: string
  /**
   * Answers 101 and opens the socket. Synchronous: a transport whose 101 leaves later (response hooks of a framework)
   * holds what is sent until then, and calls nothing of the sink before this has returned. Never throws; a socket that died answers with `sink.closed(1006, '')`, later.
   */
  accept(upgrade: Upgrade): Transport
  /** Answers with an HTTP status instead, and ends the socket. */
  reject(status: number, headers: AnswerHeaders, body: string): void
  /** Registers the one function that is called when the client goes away before an answer was given. */
  onAbort(callback: () => void): void
}

/**
 * How a handshake is accepted.
 *
 * @example
 * handshake.accept({ protocol: 'v1', headers: {}, sink })
 */
export interface Upgrade {
  /** The chosen subprotocol, `''` for none: then no `Sec-WebSocket-Protocol` is sent. */
  readonly protocol: string
  /** Further headers of the 101. */
  readonly headers: AnswerHeaders
  /** Who hears of everything that happens on the socket from now on. */
  readonly sink: TransportSink
}

/**
 * An open WebSocket, reduced to what the core needs. Never throws upward; after it has closed every call is a no-op.
 *
 * @example
 * const transport: Transport = handshake.accept({ protocol: '', headers: {}, sink })
 */
export interface Transport {
  /** Bytes taken by `send` and not yet by the operating system. */
  readonly bufferedAmount: number
  /**
   * `true` where the bytes given to `sink.message` are valid only during that call. During it they may be given to the
   * `send` of any transport of this kind, which then writes them, or copies them, before it returns.
   */
  readonly borrows?: boolean
  /** Sends one message: text from a string or from UTF-8 bytes (`binary` false), else binary. */
  send(data: Payload, binary: boolean): TransportSendResult
  /** Sends a ping without payload (RFC 6455 §5.5.2). */
  ping(): void
  /** Starts the closing handshake (RFC 6455 §7.1.2). Sends still buffered go first. */
  close(code: number, reason: string): void
  /** Cuts the socket at once. `sink.closed` still follows. */
  terminate(): void
  /** Stops reading from the socket. Absent where the transport cannot; then `resume` is absent too. */
  pause?(): void
  /** Reads on. */
  resume?(): void
}

/**
 * What a transport reports. `closed` is called exactly once, last; nothing is called after it.
 *
 * @example
 * socket.on('message', (data, binary) => sink.message(data, binary))
 */
export interface TransportSink {
  /** A whole message arrived. Text is given as its UTF-8 bytes, already checked to be UTF-8. */
  message(data: Uint8Array | ArrayBuffer, binary: boolean): void
  /** The peer pinged; the transport has answered, or will. */
  ping(): void
  /** A pong arrived. */
  pong(): void
  /** After a send answered `queued`: the buffer is empty enough to take more. Never called from within `send`. */
  drain(): void
  /**
   * The socket is gone. `code` is that of the first close frame seen from the peer, 1005 where it carried none, 1006
   * where there was none. `error` is a {@link ProtocolViolation} when the peer broke the protocol, else what the
   * network reported.
   */
  closed(code: number, reason: string, error?: Error): void
}

/**
 * The peer broke the protocol, and the transport ended the connection for it.
 *
 * `code` is the RFC's code for the violation (1002, 1007 or 1009); `sent` tells whether a close frame with it left.
 *
 * @example
 * sink.closed(1006, '', new ProtocolViolation(1009, true, { cause: error }))
 */
export class ProtocolViolation extends Error {
  override readonly name: string = 'ProtocolViolation'
  readonly code: 1002 | 1007 | 1009
  readonly sent: boolean

  constructor(code: 1002 | 1007 | 1009, sent: boolean, options?: { cause?: unknown }) {
    super(`the peer broke the WebSocket protocol (${code})`, options)
    this.code = code
    this.sent = sent
  }
}
