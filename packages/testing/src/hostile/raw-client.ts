import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { type CloseBody, decodeClose, encodeClose } from '../close-body.js'
import { encodeFrame, type Frame, FrameDecoder, Opcode } from '../frame.js'
import { type HttpAnswer, HttpAnswerParser } from '../http-answer.js'
import type { SocketTarget } from '../socket-attempt.js'
import type { Answered } from './case.js'

/** A TCP client that sends what it is told to, byte by byte, and writes down what it gets. */
export class RawClient {
  readonly connected: Promise<void>
  /** Resolves when the socket is gone, both ways. */
  readonly over: Promise<void>
  /** The first answer that is more than interim; `undefined` where the socket ended without one. */
  readonly answer: Promise<HttpAnswer | undefined>
  /** Every frame after a 101, the close frame included. */
  readonly frames: Frame[] = []
  /** The first close frame that came; a number is what is wrong with it. */
  close: CloseBody | number | undefined
  /** Whether it answers a close frame, and ends its side when the server has ended its own. */
  polite = true
  readonly #socket: Socket
  readonly #parser = new HttpAnswerParser()
  readonly #decoder = new FrameDecoder()
  #got: Answered = 'silence'
  #resolve!: (answer: HttpAnswer | undefined) => void
  #answered = false
  #gone = false

  constructor(target: SocketTarget) {
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve
    })
    // Little is read ahead, so that a paused client soon is one whose server feels it.
    const own = { allowHalfOpen: true, noDelay: true, highWaterMark: 1_024 }
    this.#socket = connect({ ...target.connect, ...own } as NetConnectOpts)
    this.connected = new Promise((resolve) => this.#socket.once('connect', () => resolve()))
    this.over = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.on('error', () => {})
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes, false))
    this.#socket.once('end', () => this.#ended())
    this.#socket.once('close', () => {
      this.#gone = true
      this.#settle(undefined)
    })
  }

  /** What it has got for its request so far. */
  get answered(): Answered {
    return this.#got
  }

  get gone(): boolean {
    return this.#gone
  }

  /** The payloads of all data frames, text as strings. The servers under test do not fragment. */
  get messages(): (string | Uint8Array)[] {
    return this.frames
      .filter(({ opcode }) => opcode === Opcode.text || opcode === Opcode.binary)
      .map(({ opcode, payload }) => (opcode === Opcode.text ? Buffer.from(payload).toString() : payload))
  }

  /** How many frames of an opcode came. */
  count(opcode: number): number {
    return this.frames.filter((frame) => frame.opcode === opcode).length
  }

  /** Sends bytes in one packet; a string as Latin-1. */
  write(bytes: Uint8Array | string): void {
    if (this.#socket.writable)
      this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Ends this side of the socket, without a close frame. */
  fin(): void {
    this.#socket.end()
  }

  /** Resets the socket. */
  reset(): void {
    const { destroyed, writableEnded, writableFinished } = this.#socket
    // One that is asked for while a FIN is under way would never be done (uv_tcp_close_reset).
    if (!destroyed && writableEnded === writableFinished) this.#socket.resetAndDestroy()
    this.#socket.destroy()
  }

  /** Stops reading. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #take(bytes: Uint8Array, ended: boolean): void {
    if (this.#answered) return this.#read(bytes)
    const answer = this.#parser.push(bytes, ended)
    if (answer === undefined) return
    this.#answered = true
    this.#settle(answer)
    if (answer.status === 101) this.#read(answer.rest)
  }

  #settle(answer: HttpAnswer | undefined): void {
    if (this.#got === 'silence') this.#got = answer?.status ?? 'cut'
    this.#resolve(answer)
  }

  #read(bytes: Uint8Array): void {
    for (const frame of this.#decoder.push(bytes)) {
      this.frames.push(frame)
      if (frame.opcode !== Opcode.close || this.close !== undefined) continue
      this.close = decodeClose(frame.payload)
      if (!this.polite) continue
      const code = typeof this.close === 'number' ? undefined : this.close.code
      this.write(encodeFrame({ opcode: Opcode.close, payload: encodeClose(code) }))
      this.fin()
    }
  }

  #ended(): void {
    if (!this.#answered) this.#take(new Uint8Array(0), true)
    if (!this.#answered) this.#settle(undefined)
    if (this.polite) this.fin()
  }
}
