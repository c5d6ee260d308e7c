import type { TopicPolicy } from './access.js'
import { CloseCode, checkCloseCode, cutReason } from './close.js'
import { NodeBus } from './cluster/node-bus.js'
import type { Presence } from './cluster/presence.js'
import type { ClusterAnswer } from './cluster/questions.js'
import type { NodeInfo } from './cluster/roster.js'
import { compose, type Handler } from './compose.js'
import type { Connection, Sendable } from './connection.js'
import { Drain, type DrainOptions, type DrainReport } from './drain.js'
import { wrap } from './errors.js'
import type { Events } from './events.js'
import { linkOf } from './inside.js'
import { Link } from './link.js'
import type { Merge, MessageMiddleware, Middleware } from './middleware.js'
import { badOption, MAX_DELAY, whole } from './option-checks.js'
import { type LinkspanOptions, type ResolvedOptions, resolveOptions } from './options.js'
import type { SendResult } from './outbox.js'
import type { BrokerStatus } from './ports/broker.js'
import type { Bus } from './ports/bus.js'
import type { Observer } from './ports/observer.js'
import type { Handshake } from './ports/transport.js'
import { chooseProtocol } from './protocol.js'
import type { Explanation } from './recorder/explanation.js'
import type { FlightRecorder } from './recorder/recorder.js'
import type { Recording } from './recorder/recording.js'
import type { Unexplained } from './recorder/unexplained.js'
import type { ConnectionQuery, Connections } from './registry.js'
import { Rejection } from './rejection.js'
import type { HandshakeRequest } from './request.js'
import { Runtime } from './runtime.js'
import type { LifecycleState } from './state.js'
import type { Stats } from './stats.js'
import { type Audience, audience, topicKey, unscoped } from './topics.js'

/**
 * One scope of an application, as the server addresses it.
 *
 * @example
 * app.scope('acme').to('news').send('only for acme')
 */
export interface Scope {
  to(topic: string): Audience
  presence<Meta = unknown>(topic: string): Presence<Meta>
}

/**
 * Something that a connection holds until it is over.
 *
 * @example
 * for (const { connection, name, since } of app.resources()) console.log(connection, name, Date.now() - since)
 */
export interface Resource {
  /** The connection's id. */
  readonly connection: string
  readonly state: LifecycleState
  /** As given to `defer`, or else the function's name. */
  readonly name: string
  /** Milliseconds since the Unix epoch. */
  readonly since: number
}

/** Whom `disconnect` is about: one connection, or everybody a query finds. */
export type Whom = Connection<unknown> | ConnectionQuery

/**
 * An application: middleware, handlers and the connections they serve. It knows no server; adapters hand it handshakes.
 *
 * @example
 * export const app = linkspan().message((conn, message) => { conn.send(message) })
 */
export class Linkspan<Data> {
  /** What it was told, defaults filled in: for adapters. */
  readonly options: ResolvedOptions
  readonly #runtime: Runtime
  #stack: readonly Middleware<never, unknown>[] = []
  #messageStack: readonly MessageMiddleware<never>[] = []
  #handler: Handler = compose([])
  #drained: Promise<DrainReport> | undefined

  /** @throws LinkspanError `LINKSPAN_OPTION` */
  constructor(options: LinkspanOptions = {}) {
    this.options = resolveOptions(options)
    this.#runtime = new Runtime(this.options)
    this.#runtime.cluster.answer('disconnect', (about) => {
      const { query, code, reason } = about as Disconnection
      return closeAll(this.#runtime.registry.find(query), code, reason)
    })
  }

  /** Adds a middleware around all that is added later. Affects connections that come from now on. */
  use<Added>(middleware: Middleware<Data, Added>): Linkspan<Merge<Data, Added>> {
    this.#stack = [...this.#stack, middleware as unknown as Middleware<never, unknown>]
    return this as unknown as Linkspan<Merge<Data, Added>>
  }

  /** Adds a message middleware around all that is added later. The last one is commonly called the handler. */
  message(middleware: MessageMiddleware<Data>): this {
    this.#messageStack = [...this.#messageStack, middleware as unknown as MessageMiddleware<never>]
    this.#handler = compose(this.#messageStack)
    return this
  }

  /**
   * Says who may join topics, and send to them: those called `pattern`, or whose name begins as `pattern` does up to its
   * final `*`. Where several policies match, all have to allow. What was joined is checked again when an identity is
   * renewed. Every decision is an `access` event.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for a `*` elsewhere.
   *
   * @example
   * app.topics('staff:*', { join: (conn) => conn.identity?.roles?.includes('staff') === true })
   */
  topics(pattern: string, policy: TopicPolicy<Data>): this {
    this.#runtime.policies.add(pattern, policy as unknown as TopicPolicy<never>)
    return this
  }

  /** Observes. Listeners are synchronous; what one throws is reported as an `error`. */
  on<E extends keyof Events>(event: E, listener: Events<Data>[E]): this {
    this.#runtime.observers.on(event, listener as (...args: never[]) => void)
    return this
  }

  off<E extends keyof Events>(event: E, listener: Events<Data>[E]): this {
    this.#runtime.observers.off(event, listener as (...args: never[]) => void)
    return this
  }

  /**
   * Adds an observer, which sees connections that come from now on, and what is published: for traces, metrics and
   * recordings. Answers what ends that.
   *
   * @example
   * const end = app.observe({ watch: () => ({ ponged: (conn, rtt) => console.log(conn.id, rtt) }) })
   */
  observe(observer: Observer): () => void {
    return this.#runtime.observation.add(observer)
  }

  /** Takes an upgrade request over. For adapters; answers at once, the connection goes its own way. */
  handle(handshake: Handshake): void {
    const { request } = handshake
    const { protocols } = this.options
    const protocol = protocols.length === 0 ? '' : chooseProtocol(protocols, request.protocols)
    const refusal = this.#refusalOf(request, protocol)
    new Link(this.#runtime, handshake, protocol, this.#stack, this.#handler).start(refusal)
  }

  /** The connections of this node, from the arrival of their upgrade until they are closed. */
  get connections(): Connections<Data> {
    return this.#runtime.registry as unknown as Connections<Data>
  }

  /**
   * Everybody in a topic.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` where topics belong to scopes: name one, `app.scope('acme').to(topic)`.
   */
  to(topic: string): Audience {
    if (this.options.scope !== undefined) throw unscoped()
    return this.#audience(undefined, topic)
  }

  /** One scope of this application. */
  scope(name: string): Scope {
    return {
      to: (topic) => this.#audience(name, topic),
      presence: (topic) => this.#runtime.cluster.presences.of(name, topic),
    }
  }

  /**
   * Who is in a topic, on all nodes.
   *
   * @throws LinkspanError `LINKSPAN_SCOPE` where topics belong to scopes: `app.scope('acme').presence(topic)`.
   */
  presence<Meta = unknown>(topic: string): Presence<Meta> {
    if (this.options.scope !== undefined) throw unscoped()
    return this.#runtime.cluster.presences.of(undefined, topic)
  }

  /** Sends to every active connection of all nodes, whatever its scope. */
  broadcast(data: Sendable): SendResult {
    const { cluster, registry } = this.#runtime
    const members = (): Iterable<Link> => [...registry.links()].filter((link) => link.phase === 'active')
    return audience({ members, publish: (payload, binary) => cluster.publishToAll(payload, binary) }).send(
      data,
    )
  }

  /**
   * Closes connections, by default with 4000: one, which is of this node, or all that a query finds on any node. Resolves
   * to how many, when they are closed; what a node that does not answer has closed is not counted.
   *
   * @throws LinkspanError `LINKSPAN_CLOSE_CODE`
   */
  async disconnect(
    whom: Whom,
    close: { readonly code?: number; readonly reason?: string } = {},
  ): Promise<number> {
    const { code = CloseCode.disconnected, reason } = close
    checkCloseCode(code)
    if ('closed' in whom) return closeAll([linkOf(whom)], code, reason)
    const { closeTimeout, releaseTimeout, cluster } = this.options
    // As long as a connection may take to close, and the way there and back.
    const timeout = Math.min(MAX_DELAY, closeTimeout + 2 * releaseTimeout + cluster.timeout)
    const about: Disconnection = { query: whom, code, reason }
    const { results } = await this.#runtime.cluster.ask('disconnect', about, timeout)
    return results.reduce((sum: number, count) => sum + (typeof count === 'number' ? count : 0), 0)
  }

  /**
   * Asks every node of this application what it is and how it is. Nodes that do not answer within `timeout` milliseconds
   * [2,000] are named, and nothing throws.
   */
  async cluster({ timeout = 2_000 }: { readonly timeout?: number } = {}): Promise<ClusterAnswer<NodeInfo>> {
    whole('timeout', timeout, 1, MAX_DELAY)
    return (await this.#runtime.cluster.ask('info', undefined, timeout)) as ClusterAnswer<NodeInfo>
  }

  /**
   * Tells the handlers of `event` on all other nodes. `payload` travels as JSON, at most once. Answers what became of it
   * on the way to the engine.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for a payload that is no JSON.
   *
   * @example
   * app.emit('prices changed', { product: 7 })
   */
  emit(event: string, payload?: unknown): SendResult {
    return this.#runtime.cluster.emit(`app:${event}`, payload)
  }

  /**
   * Handles what other nodes emit; `from` is the node's name. Answers what ends that.
   *
   * @example
   * app.onNode('prices changed', ({ product }: { product: number }) => cache.delete(product))
   */
  onNode<Payload>(event: string, handler: (payload: Payload, from: string) => void): () => void {
    return this.#runtime.cluster.onNode(`app:${event}`, handler as (payload: never, from: string) => void)
  }

  /**
   * Notices to all other nodes under one name, for parts that need to know what became of them: revocations, say.
   *
   * @example
   * app.use(revocation({ bus: app.bus('revocations') }))
   */
  bus<Item>(name: string): Bus<Item> {
    return new NodeBus(this.#runtime.cluster, name)
  }

  /** Whether what is sent reaches the other nodes; `up` where there is no broker. */
  get brokerStatus(): BrokerStatus {
    return this.#runtime.cluster.brokerStatus
  }

  /**
   * Resolves when the broker can be reached and every topic that somebody of this node is in is subscribed to: at once
   * where there is no broker. Waits for as long as it takes.
   */
  async ready(): Promise<void> {
    await this.#runtime.cluster.ready()
  }

  /**
   * Ends this node's part: refuses new upgrades (503 with `Retry-After`), closes connections in batches, cuts what is
   * left when the grace period ends. Then leaves the broker. Resolves when all is done. Asked again, it answers the same
   * promise.
   *
   * @throws LinkspanError `LINKSPAN_CLOSE_CODE`
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    if (this.#runtime.drain === undefined) {
      const drain = new Drain(this.#runtime, options)
      this.#runtime.drain = drain
      drain.start()
      this.#drained = drain.report.then(async (report) => {
        this.#runtime.journal.drainEnded(report)
        await this.#runtime.cluster.close()
        this.#runtime.journal.flush()
        return report
      })
    }
    return this.#drained as Promise<DrainReport>
  }

  /** Whether `drain` was called: then no more connections are let in. */
  get draining(): boolean {
    return this.#runtime.drain !== undefined
  }

  /**
   * Why a connection was refused, or closed; or how it is. Of those that are over the recorder keeps the last; of others it
   * says that nothing is known, and their `recording` is `undefined`.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` without a recorder.
   *
   * @example
   * console.log(String(app.explain(id)))
   */
  explain(id: string): Explanation | Unexplained {
    return this.#recorder('explain').explain(id, this.#runtime.registry.get(id))
  }

  /**
   * What was recorded of a connection, as plain JSON; `undefined` where nothing was, or is kept.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` without a recorder.
   */
  recording(id: string): Recording | undefined {
    return this.#recorder('recording').recording(id, this.#runtime.registry.get(id))
  }

  /**
   * Records a connection from now on, whatever the sample. Answers whether there is one of that id.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` without a recorder.
   */
  record(id: string): boolean {
    const recorder = this.#recorder('record')
    const conn = this.#runtime.registry.get(id)
    return conn !== undefined && recorder.record(conn)
  }

  /** What connections hold through `defer`, in the order in which they came: what stays for long may have leaked. */
  resources(): readonly Resource[] {
    return [...this.#runtime.registry.links()].flatMap(({ id, phase, releases }) =>
      (releases?.held ?? []).map(({ name, since }) => ({ connection: id, state: phase, name, since })),
    )
  }

  /** Drains it, with its defaults: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
  }

  stats(): Stats {
    return this.#runtime.stats()
  }

  #recorder(call: string): FlightRecorder {
    const { recorder } = this.options
    if (recorder !== undefined) return recorder
    throw badOption(
      `${call}() asks a flight recorder, and there is none: linkspan({ recorder: flightRecorder() }) has one.`,
    )
  }

  #audience(scope: string | undefined, topic: string): Audience {
    const key = topicKey(scope, topic)
    const { cluster, topics } = this.#runtime
    return audience({
      members: () => topics.members(key),
      publish: (payload, binary) => cluster.publish(scope, topic, payload, binary),
    })
  }

  /** The checks that cost nothing, before any middleware. */
  #refusalOf(request: HandshakeRequest, protocol: string): Rejection | undefined {
    const { drain, registry } = this.#runtime
    if (drain !== undefined) {
      return new Rejection({
        status: 503,
        code: CloseCode.restarting,
        reason: 'restarting',
        retryAfter: drain.retryAfter,
      })
    }
    if (registry.size >= this.options.maxConnections) {
      return new Rejection({ status: 503, reason: 'too many connections', retryAfter: 1 })
    }
    try {
      if (!this.options.origin(request))
        return new Rejection({ status: 403, reason: 'this origin may not connect' })
    } catch (thrown) {
      this.#runtime.report(wrap('LINKSPAN_MIDDLEWARE', 'the origin function threw.', thrown), undefined)
      return new Rejection({ status: 500 })
    }
    if (this.options.requireProtocol && protocol === '') {
      return new Rejection({
        status: 400,
        reason: `one of these subprotocols is needed: ${this.options.protocols.join(', ')}`,
      })
    }
    return undefined
  }
}

interface Disconnection {
  readonly query: ConnectionQuery
  readonly code: number
  readonly reason: string | undefined
}

async function closeAll(links: readonly Link[], code: number, reason: string | undefined): Promise<number> {
  for (const link of links)
    link.dispatch({ type: 'close.requested', code, reason: cutReason(reason), from: 'disconnect' })
  await Promise.all(links.map((link) => link.connection.closed))
  return links.length
}

/**
 * Makes an application.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * const app = linkspan({ origin: ['https://app.example'] })
 */
export function linkspan(options: LinkspanOptions = {}): Linkspan<{}> {
  return new Linkspan<{}>(options)
}
