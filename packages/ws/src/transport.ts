import type { Duplex } from 'node:stream'
import type { Payload, Transport, TransportSendResult, TransportSink } from '@linkspan/core'
import { corkForThisTurn, uncork } from './cork.js'
import type { FramedSocket } from './framed-socket.js'
import { gather, gathered, writeGathered } from './frames.js'
import { ignore } from './pending-socket.js'

/** Bytes that wait for the peer, from which on a send answers `queued`. */
const HIGH_WATER = 65_536

const TEXT = { binary: false }
const BINARY = { binary: true }

/**
 * An open socket of `ws`, or one that is about to be: until `open` everything asked for is kept, in order.
 *
 * The sink hears of the end as soon as the WebSocket is over, by a close frame or a violation. What is left of the TCP
 * connection then goes by itself: it waits for the peer's FIN (RFC 6455 §7.1.1), within `closeTimeout`.
 */
export class WsTransport implements Transport {
  readonly #socket: Duplex
  #sink: TransportSink | undefined
  #ws: FramedSocket | undefined
  #later: ((ws: FramedSocket) => void)[] | undefined
  #kept = 0
  #preamble = 0
  #unwritten = 0
  #full = false
  /** Nothing waited for the peer when this turn began. */
  #flowing = true
  /** There is no extension that changes frames. */
  #plain = false

  constructor(socket: Duplex, sink: TransportSink) {
    this.#socket = socket
    this.#sink = sink
  }

  get bufferedAmount(): number {
    if (this.#sink === undefined || this.#ws === undefined) return this.#kept
    return Math.max(0, this.#waiting(this.#ws) - this.#preamble)
  }

  send(data: Payload, binary: boolean): TransportSendResult {
    const ws = this.#ws
    if (ws === undefined) return this.#keep(data, binary)
    if (this.#sink === undefined || ws.readyState !== ws.OPEN || this.#socket.destroyed) return 'dropped'
    this.#write(ws, data, binary)
    if (this.#waiting(ws) < HIGH_WATER) return 'sent'
    // Perhaps nothing but this turn's cork holds it.
    uncork(this.#socket)
    if (ws.bufferedAmount < HIGH_WATER) return 'sent'
    this.#full = true
    return 'queued'
  }

  ping(): void {
    this.#once((ws) => {
      writeGathered()
      ws.ping()
    })
  }

  close(code: number, reason: string): void {
    this.#once((ws) => {
      ws.close(code, reason)
      uncork(this.#socket)
    })
  }

  terminate(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#once((ws) => ws.pause())
  }

  resume(): void {
    this.#once((ws) => ws.resume())
  }

  /** The 101 is out. */
  open(ws: FramedSocket): void {
    const later = this.#later
    this.#later = undefined
    this.#ws = ws
    this.#plain = ws.extensions === ''
    this.#kept = 0
    ws.transport = this
    const socket: Owned = this.#socket
    socket[OWNER] = this
    // That of `ws` is there now.
    socket.off('error', ignore).on('end', onEnd)
    // Over TLS the 101 itself still waits, and it is none of the application's bytes.
    this.#preamble = ws.bufferedAmount
    if (this.#preamble > 0) {
      this.#socket.write('', () => {
        this.#preamble = 0
      })
    }
    for (const act of later ?? []) act(ws)
    if (this.#unwritten === 0) this.#drained()
  }

  /** There is no socket to open any more. */
  fail(): void {
    process.nextTick(() => this.concluded(1006, ''))
  }

  // what ws tells ─────────────────────────────────────────────────────────────────────────────────────────────────────

  received(data: Buffer, binary: boolean): void {
    this.#sink?.message(data, binary)
  }

  pinged(payload: Buffer): void {
    const ws = this.#ws
    if (this.#sink === undefined || ws === undefined || ws.readyState !== ws.OPEN) return
    corkForThisTurn(this.#socket)
    writeGathered()
    ws.pong(payload)
    this.#sink.ping()
  }

  ponged(): void {
    this.#sink?.pong()
  }

  concluded(code: number, reason: string, error?: Error): void {
    const sink = this.#sink
    this.#sink = undefined
    this.#later = undefined
    this.#kept = 0
    sink?.closed(code, reason, error)
  }

  // sending ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Bytes that wait for the peer, or for the end of the turn. */
  #waiting(ws: FramedSocket): number {
    return ws.bufferedAmount + gathered(this.#socket)
  }

  #keep(data: Payload, binary: boolean): TransportSendResult {
    if (this.#sink === undefined) return 'dropped'
    this.#kept += typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
    this.#full = this.#kept >= HIGH_WATER
    this.#once((ws) => this.#write(ws, data, binary))
    return this.#full ? 'queued' : 'sent'
  }

  #write(ws: FramedSocket, data: Payload, binary: boolean): void {
    const socket = this.#socket
    if (socket.writableCorked === 0) this.#flowing = socket.writableLength === 0
    corkForThisTurn(socket)
    // A string of UTF-16 takes at most three bytes a unit in UTF-8. Only what may fill the buffer needs to be heard of again.
    const most = typeof data === 'string' ? data.length * 3 : data.byteLength
    const fills = this.#waiting(ws) + most >= HIGH_WATER
    // Behind what waits already, a small frame would keep its whole slab.
    if (!fills && this.#flowing && this.#plain && gather(socket, data, binary)) return
    writeGathered()
    if (!fills) return ws.send(data, binary ? BINARY : TEXT)
    this.#unwritten += 1
    ws.send(data, binary ? BINARY : TEXT, (error) => {
      this.#unwritten -= 1
      if (this.#unwritten === 0 && !error) this.#drained()
    })
  }

  /** A peer that ends without a close frame hears nothing more, even where it still could. */
  ended(): void {
    if (this.#sink !== undefined) this.#socket.destroy()
  }

  #drained(): void {
    if (!this.#full) return
    this.#full = false
    this.#sink?.drain()
    // Whoever waited for this may look at once whether anything still waits.
    uncork(this.#socket)
  }

  #once(act: (ws: FramedSocket) => void): void {
    if (this.#sink === undefined) return
    if (this.#ws !== undefined) return act(this.#ws)
    this.#later ??= []
    this.#later.push(act)
  }
}

/** Whose socket it is. */
const OWNER = Symbol('owner')
type Owned = Duplex & { [OWNER]?: WsTransport }

/** One function for all sockets, instead of one each. */
function onEnd(this: Owned): void {
  this[OWNER]?.ended()
}
