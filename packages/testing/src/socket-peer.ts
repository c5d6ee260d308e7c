import type { Socket } from 'node:net'
import { encodeFrame, FrameDecoder } from './frame.js'
import { FramePeer, type Outgoing } from './frame-peer.js'

/** A client's side of an open WebSocket over a socket of Node. */
export class SocketPeer extends FramePeer {
  readonly #socket: Socket
  readonly #cut: () => void
  readonly #decoder = new FrameDecoder()
  #paused = false
  #held: Uint8Array[] = []

  /** `rest`: what came behind the 101 in the same packet. */
  constructor(socket: Socket, protocol: string, rest: Uint8Array, cut: () => void) {
    super(protocol)
    this.#socket = socket
    this.#cut = cut
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('close', () => this.gone())
    // Before anybody has asked for a message there is nobody to tell.
    if (rest.length > 0) queueMicrotask(() => this.#take(rest))
  }

  raw(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  cut(): void {
    this.#cut()
  }

  end(): void {
    this.#socket.end()
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = []
    for (const bytes of held) this.#take(bytes)
    this.#socket.resume()
  }

  protected write(frames: readonly Outgoing[]): void {
    this.raw(Buffer.concat(frames.map(encodeFrame)))
  }

  #take(bytes: Uint8Array): void {
    if (this.#paused) {
      this.#held.push(bytes)
      return
    }
    for (const frame of this.#decoder.push(bytes)) this.receive(frame)
  }
}
