import {
  type AnswerHeaders,
  checkUpgrade,
  type Handshake,
  HandshakeRequest,
  type HttpRefusal,
  type Linkspan,
  type Transport,
  type Upgrade,
} from '@linkspan/core'
import { type Frame, FrameDecoder } from './frame.js'
import { FramePeer, type Outgoing } from './frame-peer.js'
import { frameOf, MemoryTransport, sizeOnWire, type Wire } from './memory-transport.js'
import type { Answer, Attempt, ConnectOptions } from './peer.js'
import { Pipe, type PipeEnd } from './pipe.js'
import { acceptOf, type UpgradeRequest, upgradeRequest } from './upgrade-request.js'

/** A client's side of a connection in memory. */
class MemoryPeer extends FramePeer {
  readonly #wire: Wire

  constructor(wire: Wire, protocol: string) {
    super(protocol)
    this.#wire = wire
    wire.toPeer.read({
      item: (frame) => this.receive(frame),
      ended: () => {
        wire.toServer.end('fin')
        this.gone()
      },
    })
  }

  cut(): void {
    this.#wire.toServer.end('reset')
    this.#wire.toPeer.stop()
    this.gone()
  }

  end(): void {
    this.#wire.toServer.end('fin')
  }

  pause(): void {
    this.#wire.toPeer.pause()
  }

  stall(): void {
    this.#wire.toPeer.pause(0)
  }

  resume(): void {
    this.#wire.toPeer.resume()
  }

  protected write(frames: readonly Outgoing[]): void {
    this.#wire.toServer.push(
      frames.map(({ opcode, payload }) => frameOf(opcode, payload)),
      sizeOnWire,
    )
  }
}

/** One upgrade request in memory, seen from both sides: what a client holds, and what the core is handed. */
export class MemoryAttempt implements Attempt, Handshake {
  readonly answer: Promise<Answer>
  readonly request: HandshakeRequest
  readonly via: string = 'memory'
  readonly #app: Linkspan<unknown>
  readonly #sent: UpgradeRequest
  readonly #early: Uint8Array
  readonly #onOver: () => void
  readonly #wire: Wire
  #resolve!: (answer: Answer) => void
  #reject!: (error: Error) => void
  #onAbort: (() => void) | undefined
  #answered = false
  #peer: MemoryPeer | undefined
  #transport: MemoryTransport | undefined

  /** `onOver` is called when there is nothing left to close. */
  constructor(app: Linkspan<unknown>, options: ConnectOptions, onOver: () => void) {
    this.#app = app
    this.#sent = upgradeRequest(options, 'memory.test')
    this.#early = options.early ?? new Uint8Array(0)
    this.#onOver = onOver
    this.request = new HandshakeRequest({
      url: this.#sent.url,
      headers: joined(this.#sent.rawHeaders),
      address: '127.0.0.1',
      params: options.params ?? {},
    })
    this.#wire = {
      toServer: new Pipe<Frame>(() => {}),
      toPeer: new Pipe<Frame>(() => this.#transport?.relieved()),
    }
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A test that cuts its client commonly does not look at the answer.
    this.answer.catch(() => {})
    queueMicrotask(() => this.#arrive())
  }

  // the client's side

  cut(): void {
    this.#leave('reset')
  }

  end(): void {
    this.#leave('fin')
  }

  // the server's side

  accept({ protocol, headers, sink }: Upgrade): Transport {
    const answered = this.#answered
    this.#answered = true
    const transport = new MemoryTransport(this.#wire, sink, this.#app.options.maxPayload, this.#onOver)
    this.#transport = transport
    if (answered) {
      transport.terminate()
      return transport
    }
    const frames = new FrameDecoder().push(this.#early)
    if (frames.length > 0) this.#wire.toServer.push(frames, sizeOnWire)
    const peer = new MemoryPeer(this.#wire, protocol)
    this.#peer = peer
    const chosen = protocol === '' ? {} : { 'sec-websocket-protocol': protocol }
    const usual = {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': acceptOf(this.#sent.key),
    }
    this.#resolve({ upgraded: true, headers: { ...usual, ...chosen, ...lower(headers) }, peer })
    return transport
  }

  reject(status: number, headers: AnswerHeaders, body: string): void {
    if (this.#answered) return
    this.#answered = true
    const length = String(Buffer.byteLength(body))
    const all = { ...lower(headers), 'content-length': length, connection: 'close' }
    this.#resolve({ upgraded: false, status, headers: all, body })
    this.#onOver()
  }

  onAbort(callback: () => void): void {
    this.#onAbort = callback
  }

  /** The server is gone. */
  sever(): void {
    this.#transport?.terminate()
    this.#abort()
  }

  #arrive(): void {
    if (this.#answered) return
    const refusal: HttpRefusal | undefined = checkUpgrade(this.#sent)
    if (refusal === undefined) this.#app.handle(this)
    else this.reject(refusal.status, refusal.headers, refusal.body)
  }

  /** The client leaves: the server hears of it later, as of everything. */
  #leave(how: PipeEnd): void {
    queueMicrotask(() => {
      if (this.#peer === undefined) this.#abort()
      else if (how === 'reset') this.#peer.cut()
      else this.#peer.end()
    })
  }

  #abort(): void {
    if (this.#answered) return
    this.#answered = true
    this.#reject(new Error('the socket ended without an answer'))
    this.#onOver()
    this.#onAbort?.()
  }
}

/** Repeated headers as one, as HTTP says (RFC 9110 §5.3). */
function joined(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = rawHeaders[i + 1] as string
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

/** As a client's parser gives them: the lines of one name together. */
function lower(headers: AnswerHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join('\n')]),
  )
}
