import { connect as connectTcp, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type HttpAnswer, HttpAnswerParser } from './http-answer.js'
import type { Answer, Attempt, ConnectOptions } from './peer.js'
import { SocketPeer } from './socket-peer.js'
import { acceptOf, type UpgradeRequest, upgradeRequest } from './upgrade-request.js'

/**
 * Where a server listens.
 *
 * @example
 * const target: SocketTarget = { connect: { port: 8443, host: '127.0.0.1' }, tls: { ca, servername: 'localhost' } }
 */
export interface SocketTarget {
  readonly connect: NetConnectOpts
  /** Present: over TLS, with these options. */
  readonly tls?: ConnectionOptions
}

/** One upgrade request over a socket. */
export class SocketAttempt implements Attempt {
  readonly answer: Promise<Answer>
  /** Resolves when the socket is gone. */
  readonly over: Promise<void>
  readonly #tcp: Socket
  readonly #socket: Socket
  readonly #resets: boolean
  readonly #request: UpgradeRequest
  readonly #offered: readonly string[]
  readonly #parser = new HttpAnswerParser()
  #resolve!: (answer: Answer) => void
  #reject!: (error: Error) => void

  constructor(target: SocketTarget, options: ConnectOptions) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A test that cuts its client commonly does not look at the answer.
    this.answer.catch(() => {})
    this.#request = upgradeRequest(options, hostOf(target.connect))
    this.#offered = options.protocols ?? []
    // Little is read ahead, so that a paused peer soon is one whose server feels it.
    const ahead = { highWaterMark: 1_024 }
    this.#tcp = connectTcp({ ...target.connect, ...ahead, noDelay: true } as NetConnectOpts)
    this.#resets = !('path' in target.connect)
    this.#socket = target.tls === undefined ? this.#tcp : connectTls({ ...target.tls, socket: this.#tcp })
    this.over = new Promise((resolve) => {
      this.#socket.once('close', () => resolve())
    })
    this.#listen()
    const { early = new Uint8Array(0) } = options
    this.#socket.write(Buffer.concat([Buffer.from(headOf(this.#request), 'latin1'), early]))
  }

  cut(): void {
    const tcp = this.#tcp
    // A pipe knows no reset; and one that is asked for while a FIN is under way would never be done (uv_tcp_close_reset).
    const resets = this.#resets && !tcp.destroyed && tcp.writableEnded === tcp.writableFinished
    if (resets) tcp.resetAndDestroy()
    // At once: without this, what is still to be written would go first, and a FIN.
    tcp.destroy()
    this.#socket.destroy()
  }

  end(): void {
    this.#socket.end()
  }

  #listen(): void {
    const socket = this.#socket
    let cause: Error | undefined
    socket.on('error', (error) => {
      cause = error
    })
    if (socket !== this.#tcp) this.#tcp.on('error', () => {})
    socket.on('data', this.#onData)
    socket.once('end', () => this.#take(new Uint8Array(0), true))
    socket.once('close', () => this.#reject(new Error('the socket ended without an answer', { cause })))
  }

  readonly #onData = (bytes: Buffer): void => this.#take(bytes, false)

  #take(bytes: Uint8Array, ended: boolean): void {
    try {
      const answer = this.#parser.push(bytes, ended)
      if (answer === undefined) return
      this.#socket.off('data', this.#onData)
      if (answer.status === 101) this.#open(answer)
      else this.#refused(answer)
    } catch (thrown) {
      this.#socket.off('data', this.#onData)
      this.#reject(thrown as Error)
      this.cut()
    }
  }

  #open({ headers, rest }: HttpAnswer): void {
    checkAccepted(headers, this.#request.key, this.#offered)
    const peer = new SocketPeer(this.#socket, headers['sec-websocket-protocol'] ?? '', rest, () => this.cut())
    this.#resolve({ upgraded: true, headers, peer })
  }

  #refused({ status, headers, body }: HttpAnswer): void {
    this.#resolve({ upgraded: false, status, headers, body })
    this.#socket.end()
  }
}

/** What a client has to check in a 101 (RFC 6455 §4.1). */
function checkAccepted(headers: HttpAnswer['headers'], key: string, offered: readonly string[]): void {
  const expected = acceptOf(key)
  const accept = headers['sec-websocket-accept']
  if (accept !== expected) throw new Error(`Sec-WebSocket-Accept is '${accept}' and not '${expected}'`)
  if (headers['upgrade']?.toLowerCase() !== 'websocket') throw new Error('the 101 upgrades to no websocket')
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers['connection'] ?? '')) {
    throw new Error("the 101 has no 'Connection: Upgrade'")
  }
  const protocol = headers['sec-websocket-protocol']
  if (protocol !== undefined && !offered.includes(protocol)) {
    throw new Error(`the server chose the subprotocol '${protocol}', which was not offered`)
  }
}

function headOf({ method, url, httpVersion, rawHeaders }: UpgradeRequest): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function hostOf(target: NetConnectOpts): string {
  return 'port' in target ? `${bracketed(target.host ?? 'localhost')}:${target.port}` : 'localhost'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
