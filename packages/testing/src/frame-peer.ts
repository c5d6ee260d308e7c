import { decodeClose, decodeText, encodeClose } from './close-body.js'
import { type Frame, Opcode } from './frame.js'
import { Mailbox } from './mailbox.js'
import type { Peer, PeerClose } from './peer.js'

/** A frame on its way out, before it is encoded. */
export type Outgoing = Pick<Frame, 'opcode' | 'payload'>

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()

/** A client's side of an open WebSocket, whatever carries its frames. */
export abstract class FramePeer implements Peer {
  readonly protocol: string
  readonly closed: Promise<PeerClose>
  answersPings = true
  answersClose = true
  readonly #messages = new Mailbox<string | Uint8Array>()
  #resolveClosed!: (close: PeerClose) => void
  #close: PeerClose = { code: undefined, reason: '' }
  #sawClose = false
  #sentClose = false
  #gone = false
  #pings = 0
  #pongs = 0
  #partial: { readonly opcode: number; readonly parts: Uint8Array[] } | undefined

  constructor(protocol: string) {
    this.protocol = protocol
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get pings(): number {
    return this.#pings
  }

  get pongs(): number {
    return this.#pongs
  }

  get received(): number {
    return this.#messages.size
  }

  send(data: string | Uint8Array): void {
    this.write([frameOf(data)])
  }

  sendText(bytes: Uint8Array): void {
    this.write([{ opcode: Opcode.text, payload: bytes }])
  }

  sendBurst(messages: readonly (string | Uint8Array)[]): void {
    this.write(messages.map(frameOf))
  }

  ping(payload: Uint8Array = NOTHING): void {
    this.write([{ opcode: Opcode.ping, payload }])
  }

  pong(payload: Uint8Array = NOTHING): void {
    this.write([{ opcode: Opcode.pong, payload }])
  }

  close(code?: number, reason?: string): void {
    this.#sentClose = true
    this.write([{ opcode: Opcode.close, payload: encodeClose(code, reason) }])
  }

  next(): Promise<string | Uint8Array> {
    return this.#messages.next()
  }

  abstract cut(): void
  abstract end(): void
  abstract pause(): void
  abstract resume(): void

  /** Sends frames in one packet. Ignored once the socket is gone. */
  protected abstract write(frames: readonly Outgoing[]): void

  /** A frame of the server arrived. */
  protected receive(frame: Frame): void {
    if (this.#gone || this.#sawClose) return
    const wrong = wrongIn(frame)
    if (wrong !== undefined) return this.#fail(wrong)
    switch (frame.opcode) {
      case Opcode.ping:
        this.#pings += 1
        if (this.answersPings) this.pong(frame.payload)
        return
      case Opcode.pong:
        this.#pongs += 1
        return
      case Opcode.close:
        return this.#receiveClose(frame.payload)
      default:
        return this.#receiveData(frame)
    }
  }

  /** The socket is gone. */
  protected gone(error: Error = new Error('the socket is gone, and no message is left')): void {
    if (this.#gone) return
    this.#gone = true
    this.#messages.end(error)
    this.#resolveClosed(this.#close)
  }

  #receiveData({ opcode, payload, fin }: Frame): void {
    if ((opcode === Opcode.continuation) !== (this.#partial !== undefined)) {
      return this.#fail(`a frame with opcode ${opcode} came out of turn`)
    }
    this.#partial ??= { opcode, parts: [] }
    this.#partial.parts.push(payload)
    if (!fin) return
    const { opcode: kind, parts } = this.#partial
    this.#partial = undefined
    const whole = parts.length === 1 ? payload : new Uint8Array(Buffer.concat(parts))
    if (kind === Opcode.binary) return this.#messages.put(whole)
    const text = decodeText(whole)
    if (text === undefined) return this.#fail('a text message is no UTF-8')
    this.#messages.put(text)
  }

  #receiveClose(body: Uint8Array): void {
    const close = decodeClose(body)
    if (typeof close === 'number') return this.#fail('the body of its close frame is malformed')
    this.#sawClose = true
    this.#close = close
    if (this.#sentClose) return this.end()
    if (!this.answersClose) return
    this.close(close.code)
    this.end()
  }

  #fail(what: string): void {
    this.gone(new Error(`the server broke the WebSocket protocol: ${what}`))
    this.cut()
  }
}

function frameOf(data: string | Uint8Array): Outgoing {
  return typeof data === 'string'
    ? { opcode: Opcode.text, payload: encoder.encode(data) }
    : { opcode: Opcode.binary, payload: new Uint8Array(data) }
}

/** What a server must not send, whatever came before (RFC 6455 §5.1, §5.2, §5.5). */
function wrongIn({ opcode, payload, fin, rsv, masked }: Frame): string | undefined {
  if (masked) return 'a frame is masked'
  if (rsv !== 0) return 'a reserved bit is set'
  if (opcode >= Opcode.close) {
    if (opcode > Opcode.pong) return `opcode ${opcode} is reserved`
    if (!fin) return 'a control frame is fragmented'
    if (payload.length > 125) return 'a control frame is longer than 125 bytes'
    return undefined
  }
  return opcode > Opcode.binary ? `opcode ${opcode} is reserved` : undefined
}
