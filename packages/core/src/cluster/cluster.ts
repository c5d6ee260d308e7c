import { type LinkspanError, wrap } from '../errors.js'
import { Observers } from '../events.js'
import { badOption } from '../option-checks.js'
import type { SendResult } from '../outbox.js'
import type { BrokerStatus } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import type { Runtime } from '../runtime.js'
import type { Traffic } from '../stats.js'
import { topicKey } from '../topics.js'
import { type ChannelKind, channelName } from './channel.js'
import { type Control, controlItem, readControl } from './control.js'
import type { Item } from './envelope.js'
import { Exchange, type ExchangeOwner } from './exchange.js'
import type { ResolvedClusterOptions } from './options.js'
import { type PresenceOwner, Presences, type PresentThere } from './presence.js'
import { type ClusterAnswer, Questions } from './questions.js'
import { type NodeInfo, Roster } from './roster.js'

/** What a node answers to a question; a promise of it too. */
type Answer = (about: unknown) => unknown

/** A topic as its connections know it. */
interface Place {
  readonly key: string
  readonly scope: string | undefined
  readonly topic: string
}

/** This node among the others of its application. Without a broker it is the only one, and everything works alike. */
export class Cluster implements ExchangeOwner, PresenceOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  readonly limit: number
  readonly timeout: number
  readonly grace: number
  readonly presences: Presences
  readonly exchange: Exchange | undefined
  readonly #runtime: Runtime
  readonly #options: ResolvedClusterOptions
  readonly #app: string
  readonly #all: string
  readonly #mine: string
  readonly #roster = new Roster()
  readonly #questions: Questions
  readonly #answers = new Map<string, Answer>()
  readonly #handlers: Observers<Record<string, (payload: unknown, from: string) => void>>
  /** The topics that somebody of this node is in, by their channels. */
  readonly #places = new Map<string, Place>()
  readonly #listeners = new Set<(hearing: boolean) => void>()
  #heard = false
  #timer: unknown

  constructor(runtime: Runtime, defaultNode: string) {
    const { broker, cluster, clock, name } = runtime.options
    this.#runtime = runtime
    this.#options = cluster
    this.node = cluster.node ?? defaultNode
    this.epoch = Math.floor(clock.now())
    this.clock = clock
    this.limit = cluster.buffer
    this.timeout = cluster.timeout
    this.grace = cluster.interestGrace
    this.#app = name
    this.#all = channelName(name, 'all')
    this.#mine = channelName(name, 'node', this.node)
    this.#questions = new Questions(clock)
    this.presences = new Presences(this)
    this.#handlers = new Observers((event, thrown) => this.listenerThrew(event, thrown))
    this.#answers.set('info', () => this.info)
    this.#answers.set('presence', (channel): PresentThere => {
      return { node: this.node, here: this.presences.here(channel) }
    })
    if (broker === undefined) return
    this.exchange = new Exchange(broker, this)
    this.exchange.interest.want(this.#all)
    this.exchange.interest.want(this.#mine)
    this.#timer = clock.setTimeout(() => this.#beat(), cluster.beat)
  }

  /** What this node says about itself. */
  get info(): NodeInfo {
    const { counters, drain } = this.#runtime
    return {
      node: this.node,
      epoch: this.epoch,
      version: this.#options.version,
      connections: counters.active,
      draining: drain !== undefined,
    }
  }

  get brokerStatus(): BrokerStatus {
    return this.exchange?.status ?? 'up'
  }

  /** In figures. */
  get traffic(): Traffic {
    const { exchange } = this
    const { outgoing, interest } = exchange ?? {}
    return {
      gauges: { channels: interest?.size ?? 0, bytes: outgoing?.bytes ?? 0, nodes: this.#roster.size },
      totals: {
        published: outgoing?.published ?? 0,
        dropped: outgoing?.dropped ?? 0,
        received: exchange?.received ?? 0,
        duplicates: exchange?.duplicates ?? 0,
        missed: exchange?.missed ?? 0,
      },
    }
  }

  // messages of topics ──────────────────────────────────────────────────────────────────────────────────────────────

  /** To everybody in a topic on other nodes. */
  publish(
    scope: string | undefined,
    topic: string,
    payload: Uint8Array | ArrayBuffer,
    binary: boolean,
  ): SendResult {
    if (this.exchange === undefined) return 'sent'
    return this.#published(this.#channel('topic', scope, topic), payload, binary)
  }

  /** To everybody on other nodes. */
  publishToAll(payload: Uint8Array | ArrayBuffer, binary: boolean): SendResult {
    return this.exchange === undefined ? 'sent' : this.#published(this.#all, payload, binary)
  }

  /** Somebody of this node is in a topic now. */
  occupied(scope: string | undefined, topic: string): void {
    if (this.exchange === undefined) return
    const channel = this.#channel('topic', scope, topic)
    this.#places.set(channel, { key: topicKey(scope, topic), scope, topic })
    this.exchange.interest.want(channel)
  }

  /** Nobody of this node is any more. */
  vacated(scope: string | undefined, topic: string): void {
    this.exchange?.interest.unwant(this.#channel('topic', scope, topic))
  }

  // nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** How this node answers a question of others. */
  answer(what: string, answer: Answer): void {
    this.#answers.set(what, answer)
  }

  /** Asks all nodes, this one included. */
  async ask(what: string, about: unknown, timeout: number): Promise<ClusterAnswer<unknown>> {
    const own = Promise.resolve(this.#answers.get(what)?.(about))
    const { results, missingNodes } = await this.#questions.ask(this.#roster.nodes, timeout, (id) =>
      this.say(this.#all, { type: 'ask', id, what, about }),
    )
    return { results: [await own, ...results], missingNodes }
  }

  async present(channel: string, timeout: number): Promise<ClusterAnswer<PresentThere>> {
    return (await this.ask('presence', channel, timeout)) as ClusterAnswer<PresentThere>
  }

  /** Whether what other nodes say arrives: the engine answers, and is told to pass it on. */
  get hearing(): boolean {
    const { exchange } = this
    return exchange === undefined || (exchange.status === 'up' && exchange.interest.has(this.#all))
  }

  /** Calls `listener` whenever `hearing` has changed. Answers what ends that. */
  onHearing(listener: (hearing: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Tells the handlers of all other nodes.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for a payload that is no JSON.
   */
  emit(event: string, payload: unknown, settled?: (error?: Error) => void): SendResult {
    const item = notice(event, payload)
    if (this.exchange === undefined) {
      settled?.()
      return 'sent'
    }
    return this.exchange.publish(this.#all, item, settled)
  }

  onNode(event: string, handler: (payload: never, from: string) => void): () => void {
    this.#handlers.on(event, handler as (...args: never[]) => void)
    return () => this.#handlers.off(event, handler as (...args: never[]) => void)
  }

  /** Resolves when the engine can be reached, and everything wanted so far is listened to. */
  async ready(): Promise<void> {
    await this.exchange?.interest.settled()
  }

  /** Says goodbye, lets what waits go out, and leaves the engine. */
  async close(): Promise<void> {
    if (this.exchange === undefined) return
    this.clock.clearTimeout(this.#timer)
    this.say(this.#all, { type: 'bye' })
    await this.exchange.close(this.timeout)
    this.presences.end()
    this.#questions.end()
  }

  #beat(): void {
    this.#timer = this.clock.setTimeout(() => this.#beat(), this.#options.beat)
    // Who cannot hear cannot tell who has died.
    if (this.exchange?.reachable !== true) return
    const { beat, lease } = this.#options
    const now = this.clock.monotonic()
    // As far back as a node can have heard nothing of this one and not given it up.
    this.say(this.#all, { type: 'beat', info: this.info, heads: this.exchange.heads(now - lease - beat) })
    const { departed, forgotten } = this.#roster.expire(now - lease)
    // It may come back, and try again what it could not know to have arrived: how far it was heard is kept.
    for (const { node, epoch } of departed) this.#lost(node, epoch)
    for (const { node, epoch } of forgotten) this.exchange.forgetNode(node, epoch)
    this.exchange.review(now - beat)
  }

  #heardOf(node: string, epoch: number): void {
    const { isNew, back, before } = this.#roster.seen(node, epoch, this.clock.monotonic())
    if (before !== undefined) this.#over(node, before.epoch)
    if (isNew) this.#runtime.observers.emit('node', { node, epoch, joined: true })
    if (back) this.gap(undefined, node)
  }

  /** A node's life is over, and will not come back. */
  #over(node: string, epoch: number): void {
    this.exchange?.forgetNode(node, epoch)
    this.#lost(node, epoch)
  }

  #lost(node: string, epoch: number): void {
    this.presences.lose(node, epoch)
    this.#runtime.observers.emit('node', { node, epoch, joined: false })
  }

  // what the exchange says ──────────────────────────────────────────────────────────────────────────────────────────

  received(channel: string, node: string, epoch: number, item: Item): void {
    if (item.kind === 'control') return this.#understand(channel, node, epoch, item)
    const binary = item.kind === 'binary'
    if (channel === this.#all) {
      for (const link of this.#runtime.registry.links()) {
        if (link.phase === 'active') link.deliver(item.data, binary)
      }
      return
    }
    const place = this.#places.get(channel)
    if (place === undefined) return
    for (const member of this.#runtime.topics.members(place.key)) member.deliver(item.data, binary)
  }

  listening(channel: string): void {
    if (channel !== this.#all) return this.presences.listening(channel)
    this.say(channel, { type: 'beat', info: this.info, hello: true })
    this.#tellHearing()
  }

  silent(channel: string): void {
    this.#places.delete(channel)
  }

  gap(channel?: string, node?: string, missed?: number): void {
    this.presences.missed(channel)
    const place = channel === undefined ? undefined : this.#places.get(channel)
    // What nodes say to each other is said again, or asked for.
    if (channel !== undefined && place === undefined && channel !== this.#all) return
    this.#runtime.observers.emit('gap', { topic: place?.topic, scope: place?.scope, node, missed })
  }

  doubtful(channel: string): void {
    this.presences.suspect(channel)
  }

  status(status: BrokerStatus, error?: LinkspanError): void {
    if (status === 'up') this.#roster.renewAll(this.clock.monotonic())
    this.#runtime.observers.emit('broker', { status, error })
    if (error !== undefined) this.report(error)
    this.#tellHearing()
  }

  report(error: LinkspanError): void {
    this.#runtime.report(error, undefined)
  }

  // what presences need ─────────────────────────────────────────────────────────────────────────────────────────────

  want(channel: string): boolean {
    this.exchange?.interest.want(channel)
    return this.exchange?.interest.has(channel) === true
  }

  unwant(channel: string): void {
    this.exchange?.interest.unwant(channel)
  }

  presenceChannel(scope: string | undefined, topic: string): string {
    return this.#channel('presence', scope, topic)
  }

  say(channel: string, control: Control): void {
    this.exchange?.publish(channel, controlItem(control))
  }

  listenerThrew(event: string, thrown: unknown): void {
    this.report(wrap('LINKSPAN_LISTENER', `a listener of '${event}' threw: observers must not.`, thrown))
  }

  #tellHearing(): void {
    const { hearing } = this
    if (hearing === this.#heard) return
    this.#heard = hearing
    for (const listener of [...this.#listeners]) listener(hearing)
  }

  #channel(kind: ChannelKind, scope: string | undefined, topic: string): string {
    return channelName(this.#app, kind, scope, topic)
  }

  #published(channel: string, payload: Uint8Array | ArrayBuffer, binary: boolean): SendResult {
    const data = payload instanceof Uint8Array ? payload : new Uint8Array(payload)
    return (this.exchange as Exchange).publish(channel, { kind: binary ? 'binary' : 'text', data })
  }

  /** Another version may say what this one does not know. */
  #understand(channel: string, node: string, epoch: number, item: Item): void {
    try {
      const control = readControl(item)
      if (control !== undefined) this.#controlled(channel, node, epoch, control)
    } catch (thrown) {
      this.report(wrap('LINKSPAN_BROKER', 'another node said something that is not understood here.', thrown))
    }
  }

  #controlled(channel: string, node: string, epoch: number, control: Control): void {
    if (control.type === 'bye') {
      if (this.#roster.left(node, epoch)) this.#over(node, epoch)
      return
    }
    this.#heardOf(node, epoch)
    switch (control.type) {
      case 'beat':
        if (this.#roster.lives(node, epoch)) this.exchange?.claimed(node, epoch, control.heads ?? [])
        if (control.hello === true) this.say(this.#all, { type: 'beat', info: this.info })
        return
      case 'ask':
        void this.#reply(node, control.id, control.what, control.about)
        return
      case 'answer':
        return this.#questions.answered(control.id, node, control.value)
      case 'event':
        return this.#handlers.emit(control.event, control.payload as never, node as never)
      default:
        if (this.#roster.lives(node, epoch)) this.presences.heard(channel, node, epoch, control)
    }
  }

  async #reply(to: string, id: number, what: string, about: unknown): Promise<void> {
    try {
      const value = await this.#answers.get(what)?.(about)
      this.say(channelName(this.#app, 'node', to), { type: 'answer', id, value })
    } catch (thrown) {
      this.report(wrap('LINKSPAN_BROKER', `this node could not answer another one's '${what}'.`, thrown))
    }
  }
}

function notice(event: string, payload: unknown): Item {
  try {
    return controlItem({ type: 'event', event, payload })
  } catch (thrown) {
    throw badOption('what nodes are told is JSON: no circles, and no bigint.', thrown)
  }
}
