// Receives traces as a collector does, over HTTP in protobuf, and reads them by the field numbers of
// opentelemetry-proto's trace.proto (v1).

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fields } from './protobuf.js'

type Value = string | number | boolean | undefined

/** An event of a span. */
interface ReceivedEvent {
  readonly name: string
  readonly attributes: Readonly<Record<string, Value>>
}

/** A span as a collector gets it; ids in hexadecimal, and of no parent `''`. */
export interface ReceivedSpan {
  /** The path that it was sent to: which process it is of. */
  readonly from: string
  readonly scope: string
  readonly trace: string
  readonly id: string
  readonly parent: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, Value>>
  readonly events: readonly ReceivedEvent[]
  readonly links: readonly { readonly trace: string; readonly id: string }[]
  readonly error: boolean
}

/** A collector on a port of its own. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = []
  /** All that has arrived, as it was. */
  readonly bodies: Buffer[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { 'content-type': type } = request.headers
        if (type !== 'application/x-protobuf') return void response.writeHead(415).end()
        const body = Buffer.concat(chunks)
        this.bodies.push(body)
        this.spans.push(...spansIn(body, request.url ?? ''))
        response.writeHead(200, { 'content-type': type }).end()
      })
    })
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const ERROR = 2

function spansIn(request: Uint8Array, from: string): ReceivedSpan[] {
  return new Fields(request)
    .messages(1)
    .flatMap((resource) => resource.messages(2))
    .flatMap((scope) => {
      const name = scope.messages(1)[0]?.text(1) ?? ''
      return scope.messages(2).map((span) => spanOf(span, name, from))
    })
}

function spanOf(span: Fields, scope: string, from: string): ReceivedSpan {
  return {
    from,
    scope,
    trace: span.hex(1),
    id: span.hex(2),
    parent: span.hex(4),
    name: span.text(5),
    kind: KINDS[span.number(6)] ?? 'internal',
    start: span.fixed64(7),
    end: span.fixed64(8),
    attributes: attributesOf(span, 9),
    events: span.messages(11).map((event) => ({ name: event.text(2), attributes: attributesOf(event, 3) })),
    links: span.messages(13).map((link) => ({ trace: link.hex(1), id: link.hex(2) })),
    error: span.messages(15)[0]?.number(3) === ERROR,
  }
}

function attributesOf(owner: Fields, field: number): Record<string, Value> {
  return Object.fromEntries(
    owner.messages(field).map((pair) => [pair.text(1), scalarOf(pair.messages(2)[0])] as const),
  )
}

/** AnyValue: a string, a bool, an int or a double. */
function scalarOf(value: Fields | undefined): Value {
  if (value?.has(1)) return value.text(1)
  if (value?.has(2)) return value.number(2) === 1
  if (value?.has(3)) return value.number(3)
  return value?.has(4) ? value.double(4) : undefined
}
