import { TopicPolicies } from './access.js'
import { Cluster } from './cluster/cluster.js'
import type { Connection } from './connection.js'
import type { Drain } from './drain.js'
import { type LinkspanError, wrap } from './errors.js'
import { Observers } from './events.js'
import { HeartbeatWheel } from './heartbeat.js'
import { Journal } from './journal.js'
import { Observation } from './observation.js'
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
  readonly journal: Journal
  readonly observation: Observation = new Observation(this)
  readonly wheel: HeartbeatWheel | undefined
  readonly cluster: Cluster
  /** Set once draining began. */
  drain: Drain | undefined
  readonly #prefix = randomPrefix()
  #made = 0

  constructor(options: ResolvedOptions) {
    this.options = options
    this.registry = new Registry((id) => this.serialIn(id), this.topics, options.scope !== undefined)
    this.wheel =
      options.heartbeat === undefined ? undefined : new HeartbeatWheel(options.heartbeat.paces, options.clock)
    this.journal = new Journal(options, (error, conn) => this.report(error, conn))
    this.observers = new Observers((event, thrown) => {
      // A listener of 'error' that throws must not be told of it again, or it would go on forever.
      const error = wrap('LINKSPAN_LISTENER', `a listener of '${event}' threw: observers must not.`, thrown)
      if (event === 'error') this.journal.error(error, undefined)
      else this.report(error, undefined)
    })
    this.journal.checkProxy()
    if (options.recorder !== undefined) {
      options.recorder.attach(options.clock, this.wheel)
      this.observation.add(options.recorder)
    }
    this.cluster = new Cluster(this, this.#prefix)
  }

  /** A number that no other connection of this node has. */
  nextSerial(): number {
    this.#made += 1
    return this.#made
  }

  /** The id of a connection, which no other has on any node. */
  idOf(serial: number): string {
    return `${this.#prefix}-${serial.toString(36)}`
  }

  /** The number in an id; that of another node's is any, or none. */
  serialIn(id: string): number {
    return Number.parseInt(String(id).slice(this.#prefix.length + 1), 36)
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
    const timers = this.counters.timers + heartbeat + (this.journal.waiting ? 1 : 0)
    return this.counters.snapshot(timers, this.topics.size, this.drain?.left ?? 0, this.cluster.traffic)
  }

  /** Gives an error its owner: the listeners of `error`, or else the logger. */
  report(error: LinkspanError, conn: Connection<never> | undefined): void {
    this.counters.errors += 1
    this.observation.failed(error, conn)
    if (this.observers.has('error'))
      this.observers.emit('error', error, conn as Connection<unknown> | undefined)
    else this.journal.error(error, conn)
    if (error.culprit !== 'peer') this.#alert(error, conn)
  }

  #alert(error: LinkspanError, conn: Connection<never> | undefined): void {
    try {
      this.options.alert?.(error, conn as Connection<unknown> | undefined)
    } catch (thrown) {
      this.journal.error(wrap('LINKSPAN_LISTENER', 'the alert function threw: it must not.', thrown), conn)
    }
  }
}

function randomPrefix(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
