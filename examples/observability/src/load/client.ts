import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { encode, type Heard, type Said } from '../protocol.js'
import type { Tally } from './tally.js'

/** Whom a handshake is made as. */
export interface Credentials {
  readonly token: string
  /** The session of an earlier visit. */
  readonly cookie?: string | undefined
}

/** How a handshake was answered: with a connection, with a status, or not at all (0). */
export type Answer =
  | { readonly client: Client }
  | { readonly status: number; readonly retryAfter: number | undefined }

/** One connection, from the client's side. */
export class Client {
  /** The session's cookie, for the next visit. */
  readonly cookie: string | undefined
  /** Resolves with the close code that this side saw. */
  readonly over: Promise<number>
  readonly #socket: WebSocket
  readonly #tally: Tally
  readonly #welcome: Promise<string>
  #closed = false

  private constructor(socket: WebSocket, cookie: string | undefined, tally: Tally) {
    this.cookie = cookie
    this.#socket = socket
    this.#tally = tally
    let welcomed: (connection: string) => void
    this.#welcome = new Promise((resolve) => {
      welcomed = resolve
    })
    this.over = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.#closed = true
        tally.close(code)
        resolve(code)
      })
    })
    // A message that cannot be longer than this is read; all others are only counted.
    socket.on('message', (bytes: Buffer) => {
      tally.heard += 1
      const heard = bytes.length < 1_000 ? (JSON.parse(bytes.toString()) as Heard) : undefined
      if (heard?.type === 'welcome') welcomed(heard.connection)
    })
  }

  static connect(url: string, { token, cookie }: Credentials, tally: Tally): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, ...(cookie === undefined ? {} : { cookie }) }
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: 10_000 })
    return new Promise((resolve) => {
      let given: string | undefined
      socket.on('upgrade', ({ headers: answered }: IncomingMessage) => {
        given = answered['set-cookie']?.[0]?.split(';')[0]
      })
      socket.on('open', () => {
        tally.opened += 1
        resolve({ client: new Client(socket, given ?? cookie, tally) })
      })
      socket.on('unexpected-response', (_request, response: IncomingMessage) => {
        const { statusCode: status = 0, headers: answered } = response
        const after = Number(answered['retry-after'])
        response.resume()
        tally.refuse(status)
        resolve({ status, retryAfter: Number.isNaN(after) ? undefined : after })
      })
      socket.on('error', () => {
        if (socket.readyState === WebSocket.OPEN) return
        tally.unanswered += 1
        resolve({ status: 0, retryAfter: undefined })
      })
    })
  }

  /** The id of the connection, as the node calls it. */
  get connection(): Promise<string> {
    return this.#welcome
  }

  say(said: Said): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#tally.said += 1
    this.#socket.send(encode(said))
  }

  /** Waits, and answers whether it is still open then: `false` as soon as it is not. */
  async stays(ms: number): Promise<boolean> {
    if (this.#closed) return false
    let timer: NodeJS.Timeout | undefined
    const passed = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), ms)
    })
    const stays = await Promise.race([passed, this.over.then(() => false)])
    clearTimeout(timer)
    return stays
  }

  /** Reads nothing any more, not even pings, until `resume`. */
  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause()
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume()
  }

  close(): void {
    this.resume()
    this.#socket.close(1000)
  }

  /** Is gone, without a word. */
  vanish(): void {
    this.#socket.terminate()
  }
}
