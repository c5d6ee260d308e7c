import { LinkspanError } from './errors.js'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Copies of small borrowed messages share a slab, as Node's own buffers do: an ArrayBuffer each costs more than its bytes. */
const SLAB = 8_192
let slab = new Uint8Array(SLAB)
let used = 0
/** Not in a slab. */
const ALONE = -1

/**
 * One inbound message. Lazy: nothing is decoded or copied until asked for. Valid for as long as it is kept, and can be
 * sent on as it is.
 *
 * @example
 * app.message((conn, message) => { conn.to('lobby').send(message) })
 */
export class Message {
  readonly kind: 'text' | 'binary'
  /** Bytes of the payload. */
  readonly size: number
  /** The payload, or the slab that it is in. */
  #data: Uint8Array | ArrayBuffer
  #start = ALONE
  #borrowed: boolean

  /** `borrowed`: the bytes are the transport's, and valid only until `keep`. */
  constructor(data: Uint8Array | ArrayBuffer, binary: boolean, borrowed = false) {
    this.kind = binary ? 'binary' : 'text'
    this.size = data.byteLength
    this.#data = data
    this.#borrowed = borrowed
  }

  /** The payload as text: UTF-8, already checked for a text message; what is no UTF-8 in a binary one becomes U+FFFD. */
  text(): string {
    return decoder.decode(this.lent())
  }

  /**
   * The payload as JSON. Not validated: `T` is what you say it is.
   *
   * @throws SyntaxError where it is no JSON; unhandled, that is an `error` event and close 1011 like any other throw.
   */
  json<T = unknown>(): T {
    try {
      return JSON.parse(this.text()) as T
    } catch {
      // The engine's own error quotes the text, and what is quoted ends up in a log.
      throw new SyntaxError('the message is not valid JSON')
    }
  }

  /** The payload's bytes: a view, not a copy. Its buffer is shared with other messages: never transfer it. */
  bytes(): Uint8Array {
    const data = this.raw()
    return data instanceof Uint8Array ? data : new Uint8Array(data)
  }

  /** Makes the bytes the message's own. Called before anybody can hold on to what the transport will reuse. */
  keep(): void {
    if (!this.#borrowed) return
    this.#borrowed = false
    const { size } = this
    const data = this.#data instanceof Uint8Array ? this.#data : new Uint8Array(this.#data)
    if (size > SLAB / 4) {
      this.#data = data.slice()
      return
    }
    // A slab that somebody transferred all the same has no bytes left.
    if (used + size > slab.byteLength || slab.byteLength === 0) {
      slab = new Uint8Array(SLAB)
      used = 0
    }
    slab.set(data, used)
    this.#data = slab
    this.#start = used
    used += size
  }

  /** The bytes, ours by then: as they are to be sent on. */
  raw(): Uint8Array | ArrayBuffer {
    this.keep()
    return this.lent()
  }

  /** The bytes as they are, which may be the transport's: for use at once. */
  lent(): Uint8Array | ArrayBuffer {
    if (this.#start === ALONE) return this.#data
    // A view of a slab is made only for those who ask: most messages are over when their handler returns.
    this.#data = (this.#data as Uint8Array).subarray(this.#start, this.#start + this.size)
    this.#start = ALONE
    return this.#data
  }
}

/** What a send of anything else throws. */
export function notSendable(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_MESSAGE',
    'only a string, a Uint8Array, an ArrayBuffer or a Message can be sent.',
  )
}
