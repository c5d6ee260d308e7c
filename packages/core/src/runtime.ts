import { TopicPolicies } from './access.js'
import type { CloseInfo } from './close.js'
import { Cluster } from './cluster/cluster.js'
import type { Connection } from './connection.js'
import type { Drain } from './drain.js'
import { type LinkspanError, wrap } from './errors.js'
import { Observers } from './events.js'
import { HeartbeatWheel } from './heartbeat.js'
import type { ResolvedOptions } from './options.js'
import { Registry } from './registry.js'
import { Counters, type Stats } from './stats.js'
import { Topics } from './topics.js'

/** What all connections of one application share. */
export class Runtime {
  readonly options: ResolvedOptions
  readonly counters: Counters = new Counters()
  readonly topics: Topics = new Topics()
  readonly policies: TopicPolicies = new TopicPolicies()
  readonly registry: Registry
  readonly observers: Observers
  readonly wheel: HeartbeatWheel | undefined
  readonly cluster: Cluster
  /** Set once draining began. */
  drain: Drain | undefined
  readonly #prefix = randomPrefix()
  #made = 0

  constructor(options: ResolvedOptions) {
    this.options = options
    this.registry = new Registry(this.topics, options.scope !== undefined)
    this.wheel =
      options.heartbeat === undefined ? undefined : new HeartbeatWheel(options.heartbeat.paces, options.clock)
    this.#warnOfProxy()
    this.observers = new Observers((event, thrown) => {
      // A listener of 'error' that throws must not be told of it again, or it would go on forever.
      const error = wrap('LINKSPAN_LISTENER', `a listener of '${event}' threw: observers must not.`, thrown)
      if (event === 'error') this.#log(error, undefined)
      else this.report(error, undefined)
    })
    this.cluster = new Cluster(this, this.#prefix)
  }

  /** An id that no other connection has, on any node. */
  nextId(): string {
    this.#made += 1
    return `${this.#prefix}-${this.#made.toString(36)}`
  }

  /** The time by which peers are last heard of: the heartbeat's ticks, or milliseconds where there is none. */
  get ticks(): number {
    return this.wheel === undefined ? this.options.clock.monotonic() : this.wheel.now
  }

  /** Milliseconds since a tick. */
  sinceTick(tick: number): number {
    return (this.ticks - tick) * (this.wheel?.tick ?? 1)
  }

  stats(): Stats {
    const heartbeat = this.wheel?.running ? 1 : 0
    return this.counters.snapshot(this.counters.timers + heartbeat, this.topics.size, this.cluster.traffic)
  }

  /** Gives an error its owner: the listeners of `error`, or else the logger. */
  report(error: LinkspanError, conn: Connection<never> | undefined): void {
    this.counters.errors += 1
    if (this.observers.has('error'))
      this.observers.emit('error', error, conn as Connection<unknown> | undefined)
    else this.#log(error, conn)
    if (error.culprit !== 'peer') this.#alert(error, conn)
  }

  /** The one line that tells how a connection ended. */
  logClose(conn: Connection<never>, { code, reason, by, wireCode, duration }: CloseInfo): void {
    const { id: connection, identity, state } = conn
    // What a peer wrote as its reason is the peer's to tell: a log must not carry it.
    const ours = by === 'server' ? reason : ''
    const fields = { connection, tenant: identity?.tenant, state, code, reason: ours, by, wireCode, duration }
    try {
      this.options.logger.info(fields, 'linkspan: connection closed')
    } catch (thrown) {
      this.report(wrap('LINKSPAN_LISTENER', 'the logger threw: loggers must not.', thrown), conn)
    }
  }

  #alert(error: LinkspanError, conn: Connection<never> | undefined): void {
    try {
      this.options.alert?.(error, conn as Connection<unknown> | undefined)
    } catch (thrown) {
      this.#log(wrap('LINKSPAN_LISTENER', 'the alert function threw: it must not.', thrown), conn)
    }
  }

  #warnOfProxy(): void {
    const { heartbeat, proxyIdleTimeout, logger } = this.options
    const longest =
      heartbeat === undefined ? Infinity : Math.max(...heartbeat.paces.map(({ interval }) => interval))
    if (proxyIdleTimeout === undefined || longest < proxyIdleTimeout) return
    logger.warn(
      { interval: longest, proxyIdleTimeout },
      'linkspan: the proxy in front cuts idle connections before a heartbeat is sent: choose a shorter interval.',
    )
  }

  #log(error: LinkspanError, conn: Connection<never> | undefined): void {
    try {
      this.options.logger.error(
        {
          err: error,
          code: error.code,
          connection: conn?.id,
          tenant: conn?.identity?.tenant,
          state: conn?.state,
        },
        `linkspan: ${error.message}`,
      )
    } catch {
      // There is nobody left to tell.
    }
  }
}

function randomPrefix(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
