import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Authenticated,
  type Broker,
  type Linkspan,
  type LinkspanOptions,
  type Logger,
  linkspan,
  type SessionStore,
} from '@linkspan/core'
import { type CircuitBreaker, circuitBreaker } from '@linkspan/guard'
import { measuredStore, metrics } from '@linkspan/otel'
import { memoryStore, session } from '@linkspan/session'
import type { Peer, TestHost } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { listening } from '../../packages/ws/test/serve.js'

const nothing = (): void => {}
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
/** What a flood consists of. */
const CHUNK = new Uint8Array(65_536)

/** What belongs to a node, and can be made to wait or fail. */
interface Inside {
  readonly app: Linkspan<unknown>
  readonly breaker: CircuitBreaker
  readonly store: { down: boolean }
  readonly held: (() => void)[]
}

/** One process of a chat, as users build it: on ws, with sessions, a circuit breaker, a broker, and an exporter. */
export class ChatNode {
  /** Where Prometheus finds it. */
  readonly target: string
  readonly #inside: Inside
  readonly #host: TestHost
  readonly #exporter: Server

  private constructor(inside: Inside, host: TestHost, exporter: Server) {
    this.#inside = inside
    this.#host = host
    this.#exporter = exporter
    this.target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`
  }

  static async start(broker: Broker, own: Pick<LinkspanOptions, 'heartbeat' | 'outbox'>): Promise<ChatNode> {
    const reader = new PrometheusExporter({ preventServerStart: true })
    const inside = measured(broker, own, new MeterProvider({ readers: [reader] }))
    const host = await listening(createServer().on('upgrade', upgrade(inside.app)))
    const exporter = createServer((req, res) => reader.getMetricsRequestHandler(req, res))
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve))
    return new ChatNode(inside, host, exporter)
  }

  get app(): Linkspan<unknown> {
    return this.#inside.app
  }

  /** A client that is let in. */
  async connect(query: string): Promise<Peer> {
    const answer = await this.#host.connect({ path: `/?${query}` }).answer
    if (!answer.upgraded) throw new Error(`refused: ${answer.status} ${answer.body}`)
    return answer.peer
  }

  /** The status that a client is refused with. */
  async refused(query: string): Promise<number> {
    const answer = await this.#host.connect({ path: `/?${query}` }).answer
    if (answer.upgraded) throw new Error('it was let in')
    return answer.status
  }

  /** Lets the store fail, for as long as something takes. */
  async withoutStore(act: () => Promise<unknown>): Promise<void> {
    this.#inside.store.down = true
    await act()
    this.#inside.store.down = false
  }

  /** Lets what the circuit breaker protects fail: it opens. */
  async break(): Promise<void> {
    await this.#inside.breaker.run(() => Promise.reject(new Error('down'))).catch(nothing)
  }

  /** Lets handlers that were told to wait go on. */
  release(): void {
    for (const go of this.#inside.held.splice(0)) go()
  }

  /** All that it tells, as Prometheus reads it. */
  async exposition(): Promise<string> {
    return await (await fetch(`http://${this.target}/metrics`)).text()
  }

  async stop(): Promise<void> {
    this.release()
    for (const conn of this.app.connections) conn.terminate()
    await this.#host.close()
    await this.app.drain({ grace: 100 })
    this.#exporter.closeAllConnections()
    await new Promise((resolve) => this.#exporter.close(resolve))
  }
}

function measured(
  broker: Broker,
  own: Pick<LinkspanOptions, 'heartbeat' | 'outbox'>,
  meterProvider: MeterProvider,
): Inside {
  const breaker = circuitBreaker({ minimum: 1, cooldown: 600_000, logger: SILENT })
  const memory = memoryStore()
  const state = { down: false }
  const working = (): SessionStore => {
    if (state.down) throw new Error('the store is down')
    return memory
  }
  const store = measuredStore(
    {
      load: async (id) => working().load(id),
      save: async (id, data, options) => working().save(id, data, options),
      touch: async (id, ttl) => working().touch(id, ttl),
      destroy: async (id) => working().destroy(id),
    },
    { app: 'chat', meterProvider },
  )
  const sessions = session<{ seen?: number }>({ store, query: 'sid', delay: 0, logger: SILENT })
  const held: (() => void)[] = []
  const app = linkspan({
    name: 'chat',
    origin: '*',
    broker,
    cluster: { beat: 50, lease: 60_000, buffer: 4_096 },
    closeTimeout: 60_000,
    logger: SILENT,
    ...own,
  })
    .use(function moody(conn, next) {
      if (conn.request.query.has('broken')) throw new Error('broken, as it was told to be')
      return next()
    })
    .use(function door(conn, next) {
      const tenant = conn.request.query.get('tenant')
      if (tenant === null) return conn.reject({ status: 401, reason: 'no tenant' })
      conn.authenticate({ subject: 'ada', tenant })
      return next<Authenticated>()
    })
    .use(sessions)
    .use((conn, next) => {
      conn.join('lobby')
      return next()
    })
    .message(async (conn, message) => {
      const text = message.text()
      if (text === 'sid') {
        conn.data.session.set('seen', 1)
        await conn.data.session.flush()
        conn.send(conn.data.session.id)
      } else if (text === 'hold') {
        await new Promise<void>((resolve) => {
          held.push(resolve)
        })
      } else if (text === 'flood') {
        // More than all buffers on the way take.
        while (conn.send(CHUNK) !== 'dropped');
      } else conn.send(message)
    })
  const anyhow = app as unknown as Linkspan<unknown>
  metrics(anyhow, { meterProvider, sample: 1, sessions, breakers: { profiles: breaker } })
  return { app: anyhow, breaker, store: state, held }
}
