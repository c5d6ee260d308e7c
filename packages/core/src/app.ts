import type { TopicPolicy } from './access.js'
import { CloseCode, checkCloseCode, cutReason } from './close.js'
import { compose, type Handler } from './compose.js'
import type { Connection, Sendable } from './connection.js'
import { Drain, type DrainOptions, type DrainReport } from './drain.js'
import type { Events } from './events.js'
import { linkOf } from './inside.js'
import { Link } from './link.js'
import type { Merge, MessageMiddleware, Middleware } from './middleware.js'
import { type LinkspanOptions, type ResolvedOptions, resolveOptions } from './options.js'
import type { Handshake } from './ports/transport.js'
import { chooseProtocol } from './protocol.js'
import type { ConnectionQuery, Connections } from './registry.js'
import { Rejection } from './rejection.js'
import type { HandshakeRequest } from './request.js'
import { Runtime, wrap } from './runtime.js'
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

  /** @throws LinkspanError `LINKSPAN_OPTION` */
  constructor(options: LinkspanOptions = {}) {
    this.options = resolveOptions(options)
    this.#runtime = new Runtime(this.options)
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

  /** Takes an upgrade request over. For adapters; answers at once, the connection goes its own way. */
  handle(handshake: Handshake): void {
    const { request } = handshake
    const protocol = chooseProtocol(this.options.protocols, request.protocols)
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
    return { to: (topic) => this.#audience(name, topic) }
  }

  /** Sends to every active connection, whatever its scope. */
  broadcast(data: Sendable): void {
    audience(() => [...this.#runtime.registry.links()].filter((link) => link.phase === 'active')).send(data)
  }

  /** Closes connections, by default with 4000. Resolves to how many, when they are closed. */
  async disconnect(
    whom: Whom,
    close: { readonly code?: number; readonly reason?: string } = {},
  ): Promise<number> {
    const { code = CloseCode.disconnected, reason } = close
    checkCloseCode(code)
    const links = 'closed' in whom ? [linkOf(whom)] : this.#runtime.registry.find(whom)
    for (const link of links) link.dispatch({ type: 'close.requested', code, reason: cutReason(reason) })
    await Promise.all(links.map((link) => link.connection.closed))
    return links.length
  }

  /**
   * Ends this node's part: refuses new upgrades (503 with `Retry-After`), closes connections in batches, cuts what is
   * left when the grace period ends. Resolves when all are closed. Asked again, it answers the same promise.
   *
   * @throws LinkspanError `LINKSPAN_CLOSE_CODE`
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    if (this.#runtime.drain === undefined) {
      this.#runtime.drain = new Drain(this.#runtime, options)
      this.#runtime.drain.start()
    }
    return this.#runtime.drain.report
  }

  /** Whether `drain` was called: then no more connections are let in. */
  get draining(): boolean {
    return this.#runtime.drain !== undefined
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

  #audience(scope: string | undefined, topic: string): Audience {
    const key = topicKey(scope, topic)
    return audience(() => this.#runtime.topics.members(key))
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
