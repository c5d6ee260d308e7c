import {
  type Handshake,
  type LinkspanOptions,
  linkspan,
  type Transport,
  type TransportSink,
} from '@linkspan/core'
import { type Attempt, type ConnectOptions, memoryHost, type Peer, type TestHost } from '../src/index.js'

/** What a transport has told its sink, as one line a call. */
export class Told implements TransportSink {
  readonly calls: string[] = []
  readonly errors: (Error | undefined)[] = []

  message(data: Uint8Array | ArrayBuffer, binary: boolean): void {
    const bytes = Buffer.from(data instanceof Uint8Array ? data : new Uint8Array(data))
    this.calls.push(`${binary ? 'binary' : 'text'} ${bytes.toString(binary ? 'hex' : 'utf8')}`)
  }
  ping(): void {
    this.calls.push('ping')
  }
  pong(): void {
    this.calls.push('pong')
  }
  drain(): void {
    this.calls.push('drain')
  }
  closed(code: number, reason: string, error?: Error): void {
    this.calls.push(`closed ${code} '${reason}'`)
    this.errors.push(error)
  }
}

/** The memory transport with this test in the place of the core. */
export interface BarePort {
  readonly host: TestHost
  readonly handshakes: Handshake[]
  connect(options?: ConnectOptions): Attempt
}

export async function barePort(options: LinkspanOptions = {}): Promise<BarePort> {
  const app = linkspan(options)
  const handshakes: Handshake[] = []
  app.handle = (handshake) => {
    handshakes.push(handshake)
  }
  const host = await memoryHost(app)
  return { host, handshakes, connect: (request) => host.connect(request) }
}

/** Every microtask has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Both sides of an open connection. */
export async function opened(
  options: LinkspanOptions = {},
  request: ConnectOptions = {},
): Promise<{
  readonly told: Told
  readonly transport: Transport
  readonly peer: Peer
  readonly host: TestHost
}> {
  const port = await barePort(options)
  const attempt = port.connect(request)
  await settled()
  const told = new Told()
  const transport = (port.handshakes[0] as Handshake).accept({ protocol: '', headers: {}, sink: told })
  const answer = await attempt.answer
  if (!answer.upgraded) throw new Error(answer.body)
  return { told, transport, peer: answer.peer, host: port.host }
}
