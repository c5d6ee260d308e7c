import {
  type Connection,
  type Handshake,
  HandshakeRequest,
  type Linkspan,
  type Payload,
  type Transport,
  type TransportSendResult,
  type TransportSink,
  type Upgrade,
} from '@linkspan/core'

const decoder = new TextDecoder()
const utf8 = new TextEncoder()

/** What somebody in a room was sent. */
export interface Heard {
  readonly scope: string
  readonly room: string
  readonly from: string
  readonly number: number
}

/** A client without a socket, which says what it is told to and writes down what it hears. */
export class Visitor implements Handshake, Transport {
  readonly request: HandshakeRequest
  readonly scope: string
  readonly name: string
  readonly heard: Heard[] = []
  readonly bufferedAmount = 0
  /** By room, since when it is there. */
  readonly rooms: Map<string, number> = new Map()
  conn: Connection<unknown> | undefined
  #sink: TransportSink | undefined

  constructor(name: string, scope: string) {
    this.name = name
    this.scope = scope
    const headers = { host: 'chat.example', 'x-name': name, 'x-scope': scope }
    this.request = new HandshakeRequest({ url: '/', headers, address: '192.0.2.1' })
  }

  /** Comes in. */
  enter(app: Linkspan<unknown>): void {
    const opened = (conn: Connection<unknown>): void => {
      if (conn.request === this.request) this.conn = conn
    }
    app.on('open', opened)
    app.handle(this)
  }

  /** What its client sends. */
  says(text: string): void {
    this.#sink?.message(utf8.encode(text), false)
  }

  /** Its socket is cut. */
  vanish(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.closed(1006, '')
  }

  accept({ sink }: Upgrade): Transport {
    this.#sink = sink
    return this
  }

  reject(status: number): void {
    throw new Error(`a visitor was refused with ${status}`)
  }

  onAbort(): void {}

  send(data: Payload): TransportSendResult {
    const text = typeof data === 'string' ? data : decoder.decode(data)
    const [scope = '', room = '', from = '', number = ''] = text.split(' ')
    this.heard.push({ scope, room, from, number: Number(number) })
    return 'sent'
  }

  ping(): void {}

  close(): void {
    this.vanish()
  }

  terminate(): void {
    this.vanish()
  }
}
