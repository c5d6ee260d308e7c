import {
  type Payload,
  ProtocolViolation,
  type Transport,
  type TransportSendResult,
  type TransportSink,
} from '@linkspan/core'
import { decodeClose, decodeText, encodeClose } from './close-body.js'
import { type Frame, Opcode } from './frame.js'
import type { Pipe, PipeEnd, PipeReceiver } from './pipe.js'

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()

/** The two directions of a connection. */
export interface Wire {
  readonly toServer: Pipe<Frame>
  readonly toPeer: Pipe<Frame>
}

/** What a frame takes on the wire, but for the mask. */
export function sizeOnWire({ payload: { length } }: Frame): number {
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
}

/** A frame as it travels in memory: whole, and never masked. */
export function frameOf(opcode: number, payload: Uint8Array): Frame {
  return { opcode, payload, fin: true, rsv: 0, masked: false }
}

/**
 * The server's side of a connection in memory, with the answers that RFC 6455 wants of it. The sink is only ever called
 * from a microtask, never from within a call of the core.
 */
export class MemoryTransport implements Transport, PipeReceiver<Frame> {
  readonly #wire: Wire
  readonly #maxPayload: number
  readonly #onClosed: () => void
  #sink: TransportSink | undefined
  #sentClose = false

  constructor(wire: Wire, sink: TransportSink, maxPayload: number, onClosed: () => void) {
    this.#wire = wire
    this.#sink = sink
    this.#maxPayload = maxPayload
    this.#onClosed = onClosed
    wire.toServer.read(this)
  }

  get bufferedAmount(): number {
    return this.#sink === undefined ? 0 : this.#wire.toPeer.buffered
  }

  send(data: Payload, binary: boolean): TransportSendResult {
    if (this.#sink === undefined || this.#sentClose) return 'dropped'
    this.#write(binary ? Opcode.binary : Opcode.text, copyOf(data))
    return this.#wire.toPeer.buffered > 0 ? 'queued' : 'sent'
  }

  ping(): void {
    if (!this.#sentClose) this.#write(Opcode.ping, NOTHING)
  }

  close(code: number, reason: string): void {
    this.#sendClose(encodeClose(code, reason))
  }

  terminate(): void {
    if (this.#sink === undefined) return
    this.#wire.toServer.stop()
    this.#wire.toPeer.end('reset')
    queueMicrotask(() => this.#finish(1006, ''))
  }

  pause(): void {
    this.#wire.toServer.pause()
  }

  resume(): void {
    this.#wire.toServer.resume()
  }

  /** The pipe to the peer takes more. */
  relieved(): void {
    this.#sink?.drain()
  }

  item(frame: Frame): void {
    const violation = violationIn(frame, this.#maxPayload)
    if (violation !== undefined) return this.#violated(violation)
    switch (frame.opcode) {
      case Opcode.text:
        return this.#sink?.message(frame.payload, false)
      case Opcode.binary:
        return this.#sink?.message(frame.payload, true)
      case Opcode.ping:
        if (!this.#sentClose) this.#write(Opcode.pong, frame.payload)
        return this.#sink?.ping()
      case Opcode.pong:
        return this.#sink?.pong()
      case Opcode.close:
        return this.#receiveClose(frame.payload)
    }
  }

  ended(how: PipeEnd): void {
    this.#finish(1006, '', how === 'reset' ? new Error('the peer reset the connection') : undefined)
  }

  #receiveClose(body: Uint8Array): void {
    const close = decodeClose(body)
    if (typeof close === 'number') return this.#violated(close)
    this.#sendClose(body)
    this.#finish(close.code ?? 1005, close.reason)
  }

  #violated(code: 1002 | 1007 | 1009): void {
    const sent = !this.#sentClose
    this.#sendClose(encodeClose(code))
    this.#finish(1006, '', new ProtocolViolation(code, sent))
  }

  #sendClose(body: Uint8Array): void {
    if (this.#sentClose) return
    this.#sentClose = true
    this.#write(Opcode.close, body)
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (this.#sink !== undefined) this.#wire.toPeer.push([frameOf(opcode, payload)], sizeOnWire)
  }

  #finish(code: number, reason: string, error?: Error): void {
    const sink = this.#sink
    if (sink === undefined) return
    this.#sink = undefined
    this.#wire.toServer.stop()
    this.#wire.toPeer.end('fin')
    this.#onClosed()
    sink.closed(code, reason, error)
  }
}

/** The bytes, the transport's own from here on. */
function copyOf(data: Payload): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data)
  return new Uint8Array(data instanceof Uint8Array ? data : data.slice(0))
}

function violationIn(
  { opcode, payload, fin, rsv }: Frame,
  maxPayload: number,
): 1002 | 1007 | 1009 | undefined {
  if (!fin || rsv !== 0) return 1002
  if (opcode === Opcode.close || opcode === Opcode.ping || opcode === Opcode.pong) {
    return payload.length > 125 ? 1002 : undefined
  }
  if (opcode !== Opcode.text && opcode !== Opcode.binary) return 1002
  if (payload.length > maxPayload) return 1009
  return opcode === Opcode.text && decodeText(payload) === undefined ? 1007 : undefined
}
