import { connect, type Socket } from 'node:net'
import { encodeFrame, FrameDecoder, Opcode } from '@linkspan/testing'

/** What one connection tells; `closed` or `refused` comes once, and last. */
interface Visitor {
  opened(): void
  /** `retryAfter` in seconds. */
  refused(retryAfter: number): void
  /** `end`: the close code, or how else it ended. */
  closed(end: string, wasOpen: boolean): void
}

const REQUEST = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')

/** One connection of a client that costs little: it speaks as much WebSocket as it needs to be told to leave. */
export class Visit {
  readonly #socket: Socket
  readonly #visitor: Visitor
  readonly #decoder = new FrameDecoder()
  #head = ''
  #open = false
  #end = 'no close frame'
  #refused = false

  constructor(port: number, visitor: Visitor) {
    this.#visitor = visitor
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.write(REQUEST)
    this.#socket.on('data', (bytes) => this.#take(bytes))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      if (!this.#refused) visitor.closed(this.#end, this.#open)
    })
  }

  cut(): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    if (this.#open) return this.#frames(bytes)
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end === -1) return
    if (this.#head.startsWith('HTTP/1.1 101 ')) {
      this.#open = true
      this.#visitor.opened()
      this.#frames(Buffer.from(this.#head.slice(end + 4), 'latin1'))
    } else {
      this.#refused = true
      const [, seconds = '1'] = /^retry-after: (\d+)\r$/im.exec(this.#head) ?? []
      this.#socket.destroy()
      this.#visitor.refused(Number(seconds))
    }
  }

  #frames(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    for (const { opcode, payload } of this.#decoder.push(bytes)) {
      if (opcode !== Opcode.close) continue
      this.#end = String(new DataView(payload.buffer, payload.byteOffset).getUint16(0))
      this.#socket.end(encodeFrame({ opcode: Opcode.close, payload: payload.subarray(0, 2) }))
    }
  }
}
