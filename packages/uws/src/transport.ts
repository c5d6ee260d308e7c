import type { WebSocket } from 'uWebSockets.js'
import {
  type Payload,
  ProtocolViolation,
  type Transport,
  type TransportSendResult,
  type TransportSink,
} from '@linkspan/core'
import { type Batch, flushAfterThisTurn } from './cork.js'

/**
 * What each socket of uWebSockets.js carries for us: it copies these properties onto its own object.
 *
 * @example
 * const behavior: WebSocketBehavior<SocketData> = upgrade(app)
 */
export interface SocketData {
  readonly linkspan: UwsTransport
}

/** The same as of `getUserData()`, which answers the socket itself, without the way into C++ and back. */
export function transportOf(ws: WebSocket<SocketData>): UwsTransport {
  return (ws as unknown as SocketData).linkspan
}

interface Outgoing {
  readonly data: Payload
  readonly binary: boolean
}

/** `ws.send` answers with an index into these. */
const RESULTS: readonly TransportSendResult[] = ['queued', 'sent', 'dropped']

/** Half of what uWebSockets.js holds back for one system call, in bytes. */
const BATCH = 8_192

/** A message is being handed over: its bytes are lent, so what is sent goes at once. */
let lending = false

/**
 * An open socket. uWebSockets.js throws at whoever touches a socket that has closed, so ours is let go of before anything
 * else happens, and every call without one does nothing.
 */
export class UwsTransport implements Transport, Batch {
  readonly #sink: TransportSink
  readonly #threshold: number | undefined
  #ws: WebSocket<SocketData> | undefined
  #farewell: { readonly code: number; readonly reason: string } | undefined
  /** What follows the first message of this turn. */
  #batch: Outgoing[] | undefined
  #batched = 0

  constructor(sink: TransportSink, threshold: number | undefined) {
    this.#sink = sink
    this.#threshold = threshold
  }

  /** The ArrayBuffer of a message is detached when its handler returns. */
  get borrows(): boolean {
    return true
  }

  get bufferedAmount(): number {
    return this.#ws === undefined ? 0 : this.#ws.getBufferedAmount() + this.#batched
  }

  /**
   * Outside its callbacks uWebSockets.js makes a system call of every send. So what follows the first message of a turn
   * leaves at the turn's end, all in one.
   */
  send(data: Payload, binary: boolean): TransportSendResult {
    const ws = this.#ws
    if (ws === undefined || this.#farewell !== undefined) return 'dropped'
    if (!lending) {
      if (this.#batch !== undefined) return this.#gather(this.#batch, { data, binary })
      this.#batch = []
      flushAfterThisTurn(this)
    }
    return this.#write(ws, data, binary)
  }

  ping(): void {
    this.#ws?.ping()
  }

  /**
   * Once told to end, uWebSockets.js takes the socket out of our hands, and never cuts it where bytes were left to write
   * and the peer reads some of them. So the end waits until all are written, and `terminate` works until then.
   */
  close(code: number, reason: string): void {
    if (this.#farewell !== undefined) return
    this.#farewell = { code, reason }
    this.flush()
    // Within its callbacks uWebSockets.js holds back what is written, and does not count it.
    setImmediate(() => this.drained())
  }

  terminate(): void {
    this.#ws?.close()
  }

  flush(): void {
    const ws = this.#ws
    const batch = this.#batch
    this.#batch = undefined
    this.#batched = 0
    if (ws === undefined || batch === undefined || batch.length === 0) return
    ws.cork(() => {
      for (const { data, binary } of batch) this.#write(ws, data, binary)
    })
  }

  #gather(batch: Outgoing[], message: Outgoing): TransportSendResult {
    batch.push(message)
    this.#batched += sizeOf(message.data)
    if (this.#batched < BATCH) return 'sent'
    this.flush()
    return this.bufferedAmount > 0 ? 'queued' : 'sent'
  }

  #write(ws: WebSocket<SocketData>, data: Payload, binary: boolean): TransportSendResult {
    const compress = this.#threshold !== undefined && sizeOf(data) >= this.#threshold
    // Lone surrogates would travel as they are, and are no UTF-8.
    const payload = typeof data === 'string' ? data.toWellFormed() : data
    return RESULTS[ws.send(payload, binary, compress)] ?? 'dropped'
  }

  // what uWebSockets.js tells ─────────────────────────────────────────────────────────────────────────────────────────

  opened(ws: WebSocket<SocketData>): void {
    this.#ws = ws
  }

  received(data: ArrayBuffer, binary: boolean): void {
    lending = true
    try {
      this.#sink.message(data, binary)
    } finally {
      lending = false
    }
  }

  pinged(): void {
    this.#sink.ping()
  }

  ponged(): void {
    this.#sink.pong()
  }

  drained(): void {
    if (this.bufferedAmount > 0) return
    if (this.#farewell === undefined) this.#sink.drain()
    else this.#ws?.end(this.#farewell.code, this.#farewell.reason)
  }

  concluded(code: number, message: ArrayBuffer): void {
    this.#ws = undefined
    const text = message.byteLength === 0 ? '' : Buffer.from(message).toString()
    if (code !== 1006) return this.#sink.closed(code, text)
    this.#sink.closed(1006, '', violationIn(text))
  }

  /** There was no socket left to open. */
  fail(): void {
    queueMicrotask(() => this.#sink.closed(1006, ''))
  }
}

/** The violation for which uWebSockets.js has cut a socket, by what it says; of other ends it says nothing of use. */
function violationIn(text: string): ProtocolViolation | undefined {
  if (text.includes('too big')) return new ProtocolViolation(1009, false)
  if (text.includes('UTF-8')) return new ProtocolViolation(1007, false)
  // Only later releases say so much.
  return text.includes('invalid WebSocket frame') ? new ProtocolViolation(1002, false) : undefined
}

function sizeOf(data: Payload): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
}
