import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Bytes kept for later; past them the socket is paused. */
const EARLY = 65_536

const ignore = (): void => {}

/**
 * The socket of an upgrade request, from its first byte until somebody answers. A bare upgrade socket has no listeners:
 * an error on it would end the process, and an end would go unnoticed.
 */
export class PendingSocket {
  readonly socket: Duplex
  readonly #early: Buffer[] = []
  #bytes = 0
  #waiting = true
  #onGone: (() => void) | undefined

  constructor(socket: Duplex, head: Buffer) {
    this.socket = socket
    // The deadlines of an HTTP server are not ours.
    if (socket instanceof Socket) socket.setTimeout(0)
    // Stays: 'close' follows and says the same.
    socket.on('error', ignore).on('end', this.#gone).on('close', this.#gone)
    if (head.length > 0) this.#collect(head)
    if (this.#bytes < EARLY) socket.on('data', this.#collect)
  }

  /** Whether nobody has answered, and the client is still there. */
  get waiting(): boolean {
    return this.#waiting && !this.socket.destroyed
  }

  /** Registers the one function that is called when the client goes away before an answer. */
  onGone(callback: () => void): void {
    this.#onGone = callback
  }

  /** Makes the caller the one who answers, and hands over the bytes that came early; the socket is paused. */
  take(): Buffer | undefined {
    const { waiting } = this
    this.#letGo()
    if (!waiting) return undefined
    this.socket.pause()
    return Buffer.concat(this.#early)
  }

  readonly #collect = (bytes: Buffer): void => {
    this.#early.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= EARLY) this.socket.pause()
  }

  readonly #gone = (): void => {
    this.#letGo()
    // Sockets of node:http stay half open after a FIN.
    this.socket.destroy()
    this.#onGone?.()
  }

  #letGo(): void {
    this.#waiting = false
    this.socket.off('data', this.#collect).off('end', this.#gone).off('close', this.#gone)
  }
}
