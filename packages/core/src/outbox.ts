import type { Link } from './link.js'
import type { Payload } from './ports/transport.js'
import { Queue } from './queue.js'

/**
 * What became of a send: handed to the operating system (`sent`), waiting for the peer (`queued`), given up because the
 * peer reads too slowly (`dropped`), or too late (`closed`).
 */
export type SendResult = 'sent' | 'queued' | 'dropped' | 'closed'

interface Outgoing {
  readonly data: Payload
  readonly binary: boolean
  readonly size: number
}

/**
 * What waits for a slow peer, or for the connection to become active: bounded in bytes, those in the transport's own
 * buffer included, and in order. Made when the first message has to wait; a connection whose peer keeps up has none.
 */
export class Outbox {
  readonly #link: Link
  readonly #queue = new Queue<Outgoing>()
  #bytes = 0
  #blocked: boolean
  #flushing = false
  #waiters: (() => void)[] = []

  /** `blocked`: the connection is not active yet. */
  constructor(link: Link, blocked: boolean) {
    this.#link = link
    this.#blocked = blocked
  }

  /** Whether a send has to wait here. */
  get blocked(): boolean {
    return this.#blocked
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The transport's buffer is full: what comes now waits here. */
  block(): void {
    if (this.#blocked) return
    this.#blocked = true
    this.#link.emit('backpressure', { buffered: this.#buffered() })
  }

  push(data: Payload, binary: boolean): SendResult {
    const size = sizeOf(data)
    const { bytes: limit, overflow } = this.#link.runtime.options.outbox
    if (this.#buffered() > 0 && this.#buffered() + size > limit) {
      if (overflow === 'drop-oldest' && this.#beyond() + size <= limit) this.#makeRoom(limit - size)
      if (this.#buffered() > 0 && this.#buffered() + size > limit) {
        this.#link.drop('out', size, 'the outbox is full')
        if (overflow === 'close') this.#link.overflow()
        return 'dropped'
      }
    }
    this.#queue.push({ data, binary, size })
    this.#count(size)
    return 'queued'
  }

  /** The connection is active, or its transport takes more. */
  flush(): void {
    const { transport } = this.#link
    if (transport === undefined || this.#flushing) return
    this.#flushing = true
    this.#blocked = false
    while (!this.#blocked) {
      const next = this.#queue.peek()
      if (next === undefined) break
      const result = transport.send(next.data, next.binary)
      this.#blocked = result !== 'sent'
      if (result === 'dropped') break
      this.#queue.shift()
      this.#count(-next.size)
      this.#link.handedOver(next.data)
    }
    this.#flushing = false
    if (!this.#blocked) this.#wake()
  }

  /** Resolves when nothing waits here any more and the transport takes more at once; or when the connection closes. */
  drained(): Promise<void> {
    if (!this.#blocked) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Forgets what waits: the connection closes. */
  end(reason: string): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#count(-next.size)
      this.#link.drop('out', next.size, reason)
    }
    this.#wake()
  }

  #makeRoom(upTo: number): void {
    while (this.#buffered() > upTo) {
      const oldest = this.#queue.shift()
      if (oldest === undefined) return
      this.#count(-oldest.size)
      this.#link.drop('out', oldest.size, 'the outbox is full')
    }
  }

  #buffered(): number {
    return this.#bytes + this.#beyond()
  }

  /** Bytes that the transport has taken, and nobody can take back. */
  #beyond(): number {
    return this.#link.transport?.bufferedAmount ?? 0
  }

  #count(size: number): void {
    this.#bytes += size
    this.#link.runtime.counters.outboxBytes += size
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}

/** Bytes of a payload on the wire; text is UTF-8, in which a lone surrogate becomes U+FFFD. */
export function sizeOf(data: Payload): number {
  if (typeof data !== 'string') return data.byteLength
  let size = data.length
  for (let i = 0; i < data.length; i += 1) {
    const unit = data.charCodeAt(i)
    if (unit < 0x80) continue
    const point = data.codePointAt(i) as number
    size += unit < 0x800 ? 1 : 2
    if (point > 0xffff) i += 1
  }
  return size
}
