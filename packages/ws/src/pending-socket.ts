import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Bytes kept for later; past them the socket is paused. */
const EARLY = 65_536

/** What listens to errors of a socket for which 'close' says enough. */
export function ignore(): void {}

let arrived: PendingSocket[] = []

/**
 * The socket of an upgrade request, from its first byte until somebody answers. A bare upgrade socket has no listeners:
 * an error on it would end the process, and an end would go unnoticed.
 *
 * Most are answered within the turn of the event loop in which they came. Whoever still waits then is read from.
 */
export class PendingSocket {
  readonly socket: Duplex
  readonly #head: Buffer
  #waiting = true
  #reading: Reading | undefined
  #onGone: (() => void) | undefined

  constructor(socket: Duplex, head: Buffer) {
    this.socket = socket
    this.#head = head
    // The deadlines of an HTTP server are not ours.
    if (socket instanceof Socket) socket.setTimeout(0)
    socket.on('error', ignore)
    if (arrived.push(this) === 1) setImmediate(readThoseThatWait)
  }

  /** Whether nobody has answered, and the client is still there. */
  get waiting(): boolean {
    return this.#waiting && !this.socket.destroyed
  }

  /** Registers the one function that is called when the client goes away before an answer. */
  onGone(callback: () => void): void {
    this.#onGone = callback
  }

  /** Makes the caller the one who answers, and hands over the bytes that came early; nothing is read from the socket then. */
  take(): Buffer | undefined {
    const { waiting } = this
    this.#waiting = false
    const early = this.#reading?.end()
    if (!waiting) return undefined
    return early ?? this.#head
  }

  /** This turn of the event loop is over. */
  read(): void {
    if (!this.#waiting) return
    if (this.socket.destroyed) this.#gone()
    else this.#reading = new Reading(this.socket, this.#head, () => this.#gone())
  }

  #gone(): void {
    this.#waiting = false
    this.#reading?.end()
    // Sockets of node:http stay half open after a FIN.
    this.socket.destroy()
    this.#onGone?.()
  }
}

function readThoseThatWait(): void {
  const sockets = arrived
  arrived = []
  for (const socket of sockets) socket.read()
}

/** Reads a socket for whoever gets it, and sees it go. */
class Reading {
  readonly #socket: Duplex
  readonly #gone: () => void
  readonly #early: Buffer[] = []
  #bytes = 0

  constructor(socket: Duplex, head: Buffer, gone: () => void) {
    this.#socket = socket
    this.#gone = gone
    socket.on('end', gone).on('close', gone)
    if (head.length > 0) this.#collect(head)
    if (this.#bytes < EARLY) socket.on('data', this.#collect)
  }

  /** Answers all that was read; the socket is paused. */
  end(): Buffer {
    this.#socket.off('data', this.#collect).off('end', this.#gone).off('close', this.#gone)
    this.#socket.pause()
    return Buffer.concat(this.#early)
  }

  readonly #collect = (bytes: Buffer): void => {
    this.#early.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= EARLY) this.#socket.pause()
  }
}
