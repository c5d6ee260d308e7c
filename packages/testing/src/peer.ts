/**
 * What a client asks for in its upgrade request.
 *
 * @example
 * host.connect({ path: '/chat?room=1', protocols: ['chat.v1'], headers: { origin: 'https://app.example' } })
 */
export interface ConnectOptions {
  /** Path and query. Default: `'/'`. */
  readonly path?: string
  /**
   * Further request headers, or others in place of the usual ones; `undefined` leaves one out. Two names that differ in
   * case only are both sent.
   */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly protocols?: readonly string[]
  /** The request method. Default: `'GET'`. */
  readonly method?: string
  /** The version in the request line. Default: `'1.1'`. */
  readonly httpVersion?: string
  /** Route parameters, where no router finds them: in memory only. */
  readonly params?: Readonly<Record<string, string>>
  /** Bytes sent in the same packet as the request, after it. */
  readonly early?: Uint8Array
}

/**
 * The server refused.
 *
 * @example
 * if (!answer.upgraded) console.log(answer.status, answer.body)
 */
export interface Refused {
  readonly upgraded: false
  readonly status: number
  /** Lower-case names; repeated ones joined by `', '`, but for `set-cookie`: by a newline. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The server answered 101.
 *
 * @example
 * if (answer.upgraded) answer.peer.send('hello')
 */
export interface Upgraded {
  readonly upgraded: true
  readonly headers: Readonly<Record<string, string>>
  readonly peer: Peer
}

/** What became of an upgrade request: `upgraded` tells which. */
export type Answer = Refused | Upgraded

/**
 * A client whose upgrade request is on its way.
 *
 * @example
 * const attempt = host.connect()
 * attempt.cut()
 */
export interface Attempt {
  /** Resolves with the answer; rejects when the socket ended without one. */
  readonly answer: Promise<Answer>
  /** Cuts the socket, with a reset where there is one. */
  cut(): void
  /** Ends the client's side of the socket (FIN), without a close frame. */
  end(): void
}

/**
 * How the peer saw the end: the first close frame it got, if there was one.
 *
 * @example
 * const { code } = await peer.closed
 */
export interface PeerClose {
  readonly code: number | undefined
  readonly reason: string
}

/**
 * A WebSocket client under full control of the test: it answers pings and close frames by itself unless told otherwise.
 *
 * @example
 * peer.send('ping?')
 * const answer = await peer.next()
 */
export interface Peer {
  /** The subprotocol of the 101, `''` for none. */
  readonly protocol: string
  /** Whether it answers pings. Default: true. */
  answersPings: boolean
  /** Whether it answers the server's close frame, and then ends its socket. Default: true. */
  answersClose: boolean
  /** Pings received. */
  readonly pings: number
  /** Pongs received. */
  readonly pongs: number
  /** Messages received and not yet taken by `next`. */
  readonly received: number
  /** Resolves when the socket is gone. */
  readonly closed: Promise<PeerClose>
  /** Text from a string, else binary. */
  send(data: string | Uint8Array): void
  /** A text frame of these bytes, which need not be UTF-8. */
  sendText(bytes: Uint8Array): void
  /** Several messages in one packet. */
  sendBurst(messages: readonly (string | Uint8Array)[]): void
  ping(payload?: Uint8Array): void
  pong(payload?: Uint8Array): void
  /** Sends a close frame, without a body where no code is given. */
  close(code?: number, reason?: string): void
  /** Cuts the socket, with a reset where there is one. */
  cut(): void
  /** Ends the client's side of the socket (FIN), without a close frame. */
  end(): void
  /** Stops reading from the socket. */
  pause(): void
  /** The same, and nothing between takes anything either: all that is sent waits at the sender. In memory only. */
  stall?(): void
  resume(): void
  /** The next message, in order: a string for text. Rejects when the socket is gone and none is left. */
  next(): Promise<string | Uint8Array>
  /** Sends bytes as they are. Only where `supports.rawFrames`. */
  raw?(bytes: Uint8Array): void
}
