import type { AnswerHeaders } from '../src/answer-headers.js'
import { type Linkspan, linkspan } from '../src/app.js'
import type { CloseInfo } from '../src/close.js'
import type { Connection } from '../src/connection.js'
import type { Events } from '../src/events.js'
import type { LinkspanOptions } from '../src/options.js'
import type { Logger } from '../src/ports/logger.js'
import type {
  Handshake,
  Payload,
  Transport,
  TransportSendResult,
  TransportSink,
  Upgrade,
} from '../src/ports/transport.js'
import { HandshakeRequest, type HandshakeRequestInit } from '../src/request.js'
import { FakeClock } from './fake-clock.js'

/** What the core asked a transport to do. */
export type Call =
  | { readonly call: 'send'; readonly data: Payload; readonly binary: boolean }
  | { readonly call: 'close'; readonly code: number; readonly reason: string }
  | { readonly call: 'ping' | 'terminate' | 'pause' | 'resume' }

export interface FakeTransportOptions {
  /** Whether reading can be paused. Default: true. */
  readonly pausable?: boolean
  /** Whether the bytes of an inbound message are reused after the call. Default: false. */
  readonly borrows?: boolean
  /** Whether `close` and `terminate` report the end before they return, as native servers do. Default: false. */
  readonly abrupt?: boolean
}

/** A transport without a socket: writes down what it is asked for, and reports what the test makes it report. */
export class FakeTransport implements Transport {
  readonly calls: Call[] = []
  readonly sink: TransportSink
  readonly borrows: boolean
  readonly pause?: () => void
  readonly resume?: () => void
  bufferedAmount = 0
  /** What a send answers. */
  answer: TransportSendResult | ((data: Payload, binary: boolean) => TransportSendResult) = 'sent'
  readonly #abrupt: boolean
  #over = false

  constructor(
    sink: TransportSink,
    { pausable = true, borrows = false, abrupt = false }: FakeTransportOptions = {},
  ) {
    this.sink = sink
    this.borrows = borrows
    this.#abrupt = abrupt
    if (pausable) {
      this.pause = () => this.#write({ call: 'pause' })
      this.resume = () => this.#write({ call: 'resume' })
    }
  }

  send(data: Payload, binary: boolean): TransportSendResult {
    if (this.#over) return 'dropped'
    const result = typeof this.answer === 'function' ? this.answer(data, binary) : this.answer
    if (result !== 'dropped') this.calls.push({ call: 'send', data, binary })
    return result
  }

  ping(): void {
    this.#write({ call: 'ping' })
  }

  close(code: number, reason: string): void {
    this.#write({ call: 'close', code, reason })
    if (this.#abrupt) this.closed(code, reason)
  }

  terminate(): void {
    this.#write({ call: 'terminate' })
    if (this.#abrupt) this.closed(1006)
  }

  /** The text of everything sent so far, bytes decoded. */
  get sent(): string[] {
    const decoder = new TextDecoder()
    return this.calls.flatMap((entry) =>
      entry.call === 'send' ? [typeof entry.data === 'string' ? entry.data : decoder.decode(entry.data)] : [],
    )
  }

  /** How often the core asked for something. */
  count(call: Call['call']): number {
    return this.calls.filter((entry) => entry.call === call).length
  }

  // what the test makes happen ─────────────────────────────────────────────────────────────────────────────────────

  /** A text message arrives, or a binary one. */
  receive(data: string | Uint8Array): void {
    if (typeof data === 'string') this.sink.message(utf8.encode(data), false)
    else this.sink.message(data, true)
  }

  /** The socket is gone; said once, as the port demands. */
  closed(code: number, reason = '', error?: Error): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code, reason, error)
  }

  #write(entry: Call): void {
    if (!this.#over) this.calls.push(entry)
  }
}

/** A handshake without a request behind it. */
export class FakeHandshake implements Handshake {
  readonly request: HandshakeRequest
  upgrade: Upgrade | undefined
  rejected: { status: number; headers: AnswerHeaders; body: string } | undefined
  #transport: FakeTransport | undefined
  readonly #options: FakeTransportOptions
  #abort: (() => void) | undefined

  constructor(init: Partial<HandshakeRequestInit> = {}, options: FakeTransportOptions = {}) {
    const { url = '/', headers = { host: 'chat.example' }, address = '192.0.2.7', ...rest } = init
    this.request = new HandshakeRequest({ url, headers, address, ...rest })
    this.#options = options
  }

  accept(upgrade: Upgrade): FakeTransport {
    if (this.#transport !== undefined || this.rejected !== undefined) throw new Error('answered twice')
    this.upgrade = upgrade
    this.#transport = new FakeTransport(upgrade.sink, this.#options)
    return this.#transport
  }

  reject(status: number, headers: AnswerHeaders, body: string): void {
    if (this.#transport !== undefined || this.rejected !== undefined) throw new Error('answered twice')
    this.rejected = { status, headers, body }
  }

  onAbort(callback: () => void): void {
    this.#abort = callback
  }

  /** The client goes away before it was answered. */
  abort(): void {
    this.#abort?.()
  }

  get accepted(): boolean {
    return this.#transport !== undefined
  }

  /** The transport that the handshake was accepted with. */
  get transport(): FakeTransport {
    if (this.#transport === undefined) throw new Error('the handshake has not been accepted')
    return this.#transport
  }
}

/** One event of an application, and what came with it, the connection left out. */
export interface Told {
  readonly event: keyof Events
  readonly with: unknown
  readonly conn: Connection<unknown> | undefined
}

const EVENTS = [
  'transition',
  'open',
  'close',
  'reject',
  'drop',
  'backpressure',
  'access',
  'renewed',
  'heartbeat',
  'expiring',
] as const

/** An application on a virtual clock, with everything it told written down. */
export class Bench<Data = {}> {
  readonly clock: FakeClock
  readonly app: Linkspan<Data>
  readonly told: Told[]
  readonly logged: { readonly level: keyof Logger; readonly fields: object; readonly message: string }[]

  private constructor(clock: FakeClock, app: Linkspan<Data>, told: Told[], logged: Bench['logged']) {
    this.clock = clock
    this.app = app
    this.told = told
    this.logged = logged
  }

  /** `origin: '*'` and no heartbeat unless told otherwise. */
  static open(options: LinkspanOptions = {}): Bench {
    const clock = new FakeClock()
    const logged: Bench['logged'] = []
    const log = (level: keyof Logger) => (fields: object, message: string) => {
      logged.push({ level, fields, message })
    }
    const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
    const app = linkspan({ origin: '*', heartbeat: false, clock, logger, ...options })
    const told: Told[] = []
    for (const event of EVENTS) {
      app.on(event, (conn: Connection<unknown>, what?: unknown) => {
        told.push({ event, with: what, conn })
      })
    }
    app.on('error', (error, conn) => {
      told.push({ event: 'error', with: error, conn })
    })
    return new Bench(clock, app, told, logged)
  }

  /** The same bench for an application to which something was added. */
  with<More>(build: (app: Linkspan<Data>) => Linkspan<More>): Bench<More> {
    return new Bench<More>(this.clock, build(this.app), this.told, this.logged)
  }

  /** A client asks to come in. */
  arrive(init?: Partial<HandshakeRequestInit>, options?: FakeTransportOptions): FakeHandshake {
    const handshake = new FakeHandshake(init, options)
    this.app.handle(handshake)
    return handshake
  }

  /** A client that is let in: both ends of its connection. */
  async connect(init?: Partial<HandshakeRequestInit>, options?: FakeTransportOptions): Promise<Pair<Data>> {
    let opened: Connection<unknown> | undefined
    const listener = (conn: Connection<unknown>): void => {
      opened = conn
    }
    this.app.on('open', listener)
    const handshake = this.arrive(init, options)
    await this.clock.advance(0)
    this.app.off('open', listener)
    if (opened === undefined) throw new Error(`refused: ${JSON.stringify(handshake.rejected)}`)
    return { conn: opened as Connection<Data>, transport: handshake.transport, handshake }
  }

  /** What came with each event of one name. */
  of<Name extends keyof Events>(name: Name): Payloads[Name][] {
    return this.told.filter(({ event }) => event === name).map((entry) => entry.with as Payloads[Name])
  }

  /** The one `close` there is. */
  get end(): CloseInfo {
    const ends = this.of('close')
    if (ends.length !== 1) throw new Error(`${ends.length} connections have closed`)
    return ends[0] as CloseInfo
  }

  /** The codes of the errors told so far. */
  get errors(): string[] {
    return this.of('error').map(({ code }) => code)
  }
}

/** Both ends of a connection that was let in. */
export interface Pair<Data> {
  readonly conn: Connection<Data>
  readonly transport: FakeTransport
  readonly handshake: FakeHandshake
}

type Payloads = {
  readonly [Name in keyof Events]: Name extends 'error'
    ? Parameters<Events['error']>[0]
    : Parameters<Events[Name]> extends [unknown, infer What]
      ? What
      : undefined
}

const utf8 = new TextEncoder()
