import { connect, type Socket } from 'node:net'
import { encodeFrame, FrameDecoder, Opcode } from '@linkspan/testing'

/** What one connection tells; `closed` or `refused` comes once, and last. */
interface Visitor {
  /** `cookie`: what it was given, if it was. */
  accepted(cookie: string | undefined): void
  /** How many visits the server has counted, this one too. */
  counted(visits: number): void
  /** `retryAfter` in seconds. */
  refused(retryAfter: number): void
  /** `end`: the close code, or how else it ended. */
  closed(end: string): void
}

const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/**
 * One connection of a client that costs little: it says once that it is there, and speaks as much WebSocket as it needs to
 * be told to leave.
 */
export class Visit {
  readonly #socket: Socket
  readonly #visitor: Visitor
  readonly #decoder = new FrameDecoder()
  #head = ''
  #open = false
  #end = 'no close frame'
  #refused = false

  constructor(port: number, cookie: string | undefined, visitor: Visitor) {
    this.#visitor = visitor
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const lines = cookie === undefined ? UPGRADE : [...UPGRADE, `Cookie: ${cookie}`]
    this.#socket.write([...lines, '\r\n'].join('\r\n'))
    this.#socket.on('data', (bytes) => this.#take(bytes))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      if (!this.#refused) visitor.closed(this.#end)
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
      const [, cookie] = /^set-cookie: ([^;\r]+)/im.exec(this.#head) ?? []
      this.#visitor.accepted(cookie)
      this.#socket.write(encodeFrame({ opcode: Opcode.text, payload: 'here I am' }))
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
      if (opcode === Opcode.text) this.#visitor.counted(Number(Buffer.from(payload).toString()))
      if (opcode !== Opcode.close) continue
      this.#end = String(new DataView(payload.buffer, payload.byteOffset).getUint16(0))
      this.#socket.end(encodeFrame({ opcode: Opcode.close, payload: payload.subarray(0, 2) }))
    }
  }
}
