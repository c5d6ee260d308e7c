import { type LinkspanError, wrap } from '../errors.js'
import { Observers } from '../events.js'
import { badOption } from '../option-checks.js'
import type { SendResult } from '../outbox.js'
import type { BrokerStatus } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import type { Publication } from '../ports/observer.js'
import type { Runtime } from '../runtime.js'
import type { Traffic } from '../stats.js'
import { topicKey } from '../topics.js'
import { type ChannelKind, channelName } from './channel.js'
import { type Control, controlItem, type Greeting, readControl } from './control.js'
import type { Item } from './envelope.js'
import { Exchange, type ExchangeOwner } from './exchange.js'
import { Hearing } from './hearing.js'
import type { ResolvedClusterOptions } from './options.js'
import type { Settled } from './outgoing.js'
import { Peers, type PeersOwner } from './peers.js'
import { type PresenceOwner, Presences, type PresentThere } from './presence.js'
import { answerParts, type ClusterAnswer, Questions } from './questions.js'
import type { NodeInfo } from './roster.js'

/** What a node answers to a question; a promise of it too. */
type Answer = (about: unknown) => unknown

/** A topic as its connections know it. */
interface Place {
  readonly key: string
  readonly scope: string | undefined
  readonly topic: string
}

/** What something published is addressed to: nothing of it where that is everybody. */
interface Addressed {
  readonly topic?: string
  readonly scope?: string | undefined
  readonly event?: string
}

/** Milliseconds that a node which came back waits for others, at most. */
const PATIENCE = 2_000
/** How often it is said how far a channel has got on which this node has fallen silent. */
const REMINDERS = 4

/** This node among the others of its application. Without a broker it is the only one, and everything works alike. */
export class Cluster implements ExchangeOwner, PeersOwner, PresenceOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  readonly limit: number
  readonly timeout: number
  readonly grace: number
  readonly patience: number
  readonly presences: Presences
  readonly exchange: Exchange | undefined
  /** Whether what other nodes publish on buses arrives. */
  readonly ears: Hearing = new Hearing((channel) => this.#hears(channel))
  readonly #runtime: Runtime
  readonly #options: ResolvedClusterOptions
  readonly #app: string
  readonly #all: string
  readonly #beats: string
  readonly #mine: string
  readonly #peers: Peers
  readonly #questions: Questions
  readonly #answers = new Map<string, Answer>()
  readonly #handlers: Observers<Record<string, (payload: unknown, from: string) => void>>
  /** The topics that somebody of this node is in, by their channels. */
  readonly #places = new Map<string, Place>()
  /** How long it has been silent then, in milliseconds. */
  readonly #reminders: readonly number[]
  /** Whether the engine could not be reached when its status was told last. */
  #isAway = false

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
    this.patience = Math.min(PATIENCE, cluster.beat)
    this.#app = name
    this.#all = channelName(name, 'all')
    this.#beats = channelName(name, 'beat')
    this.#mine = channelName(name, 'node', this.node)
    this.#peers = new Peers(this, cluster.beat, cluster.lease)
    // Until everybody who has heard nothing of this node since has given it up; by default, with every beat.
    const longest = cluster.lease + cluster.beat
    this.#reminders = Array.from({ length: REMINDERS }, (_, index) => ((index + 1) * longest) / REMINDERS)
    this.#questions = new Questions(clock)
    this.presences = new Presences(this)
    this.#handlers = new Observers((event, thrown) => this.listenerThrew(event, thrown))
    this.#answers.set('info', () => this.info)
    this.#answers.set('presence', (channel): PresentThere => {
      return { node: this.node, here: this.presences.here(channel) }
    })
    if (broker === undefined) return
    this.exchange = new Exchange(broker, this)
    for (const channel of [this.#all, this.#beats, this.#mine]) this.exchange.interest.want(channel)
    this.#peers.start()
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
      gauges: {
        channels: interest?.size ?? 0,
        bytes: outgoing?.bytes ?? 0,
        lag: outgoing?.lag ?? 0,
        nodes: this.#peers.size,
      },
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
    return this.#published(this.#channel('topic', scope, topic), payload, binary, { topic, scope })
  }

  /** To everybody on other nodes. */
  publishToAll(payload: Uint8Array | ArrayBuffer, binary: boolean): SendResult {
    return this.exchange === undefined ? 'sent' : this.#published(this.#all, payload, binary, {})
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
    const { results, missingNodes } = await this.#questions.ask(this.others, timeout, (id) =>
      this.say(this.#all, { type: 'ask', id, what, about }),
    )
    return { results: [await own, ...results], missingNodes }
  }

  async present(channel: string, timeout: number): Promise<ClusterAnswer<PresentThere>> {
    return (await this.ask('presence', channel, timeout)) as ClusterAnswer<PresentThere>
  }

  /** Whether what other nodes say arrives. */
  get hearing(): boolean {
    return this.#hears(this.#all)
  }

  /** The channel of a bus, from now on listened to. */
  busChannel(name: string): string {
    const channel = channelName(this.#app, 'bus', name)
    this.want(channel)
    return channel
  }

  /**
   * Tells the handlers of all other nodes, on a channel of its own or on that of everybody.
   *
   * @throws LinkspanError `LINKSPAN_OPTION` for a payload that is no JSON.
   */
  emit(
    event: string,
    payload: unknown,
    { channel = this.#all, settled }: { readonly channel?: string; readonly settled?: Settled } = {},
  ): SendResult {
    const item = notice(event, payload)
    if (this.exchange === undefined) {
      settled?.()
      return 'sent'
    }
    const headers = this.#runtime.observation.inject(about(item, { event }))
    return this.exchange.publish(channel, { ...item, headers }, settled)
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
    this.#peers.end()
    this.say(this.#all, { type: 'bye' })
    await this.exchange.close(this.timeout)
    this.presences.end()
    this.#questions.end()
  }

  // what the peers say ──────────────────────────────────────────────────────────────────────────────────────────────

  get listens(): boolean {
    return this.exchange?.listens === true
  }

  sayBeat(to?: string, greeting?: Greeting, settled?: Settled): void {
    const channel = to === undefined ? this.#beats : channelName(this.#app, 'node', to)
    this.say(channel, { type: 'beat', info: this.info, ...(greeting && { greeting }) }, settled)
  }

  beaten(): void {
    this.exchange?.outgoing.remind(this.#reminders)
  }

  joined(node: string, epoch: number): void {
    this.#tellOf(node, epoch, true)
  }

  lost(node: string, epoch: number): void {
    this.exchange?.heard(node)
    this.presences.lose(node, epoch)
    this.#tellOf(node, epoch, false)
  }

  forgotten(node: string, epoch: number): void {
    this.exchange?.forgetNode(node, epoch)
  }

  returned(node?: string): void {
    this.gap(undefined, node)
  }

  #tellOf(node: string, epoch: number, joined: boolean): void {
    this.#runtime.journal.node(node, epoch, joined)
    this.#runtime.observers.emit('node', { node, epoch, joined })
  }

  // what the exchange says ──────────────────────────────────────────────────────────────────────────────────────────

  get others(): readonly string[] {
    return this.#peers.nodes
  }

  lives(node: string, epoch: number): boolean {
    return this.#peers.lives(node, epoch)
  }

  received(channel: string, node: string, epoch: number, item: Item): void {
    if (item.kind === 'control') return this.#understand(channel, node, epoch, item)
    const place = this.#places.get(channel)
    if (place === undefined && channel !== this.#all) return
    this.#extract(item, node, place ?? {}, () => this.#deliver(item, place))
  }

  /** To everybody of this node in a topic, or to everybody. */
  #deliver({ data, kind }: Item, place: Place | undefined): void {
    const { registry, topics } = this.#runtime
    const binary = kind === 'binary'
    if (place !== undefined) {
      for (const member of topics.members(place.key)) member.deliver(data, binary)
      return
    }
    for (const link of registry.links()) if (link.phase === 'active') link.deliver(data, binary)
  }

  #extract(item: Item, node: string, what: Addressed, deliver: () => void): void {
    this.#runtime.observation.extract(item.headers, () => about(item, what), node, deliver)
  }

  listening(channel: string): void {
    this.presences.listening(channel)
    this.ears.check()
    const needed = [this.#beats, this.#mine]
    // Later than all the rest: what was answered to the first hello was not heard.
    if (this.listens && needed.includes(channel) && needed.every((one) => this.#hears(one))) this.back()
  }

  back(): void {
    this.sayBeat(undefined, 'hello')
  }

  silent(channel: string): void {
    this.#places.delete(channel)
  }

  outage(): void {
    // Rooms and buses see for themselves that they are listened to again.
    this.#gap(undefined, undefined, undefined)
  }

  gap(channel?: string, node?: string, missed?: number): void {
    this.presences.missed(channel)
    this.ears.missed(channel)
    const place = channel === undefined ? undefined : this.#places.get(channel)
    // What nodes say to each other is said again, or asked for.
    if (channel !== undefined && place === undefined && channel !== this.#all) return
    this.#gap(place, node, missed)
  }

  doubtful(channel: string): void {
    this.presences.suspect(channel)
  }

  status(status: BrokerStatus, error?: LinkspanError): void {
    if (status === 'up') {
      this.#peers.renew()
      if (this.#isAway) this.#peers.excuse()
    }
    this.#isAway = status === 'down'
    this.#runtime.journal.broker(status)
    this.#runtime.observers.emit('broker', { status, error })
    if (error !== undefined) this.report(error)
    this.ears.check()
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

  say(channel: string, control: Control, settled?: Settled): void {
    this.exchange?.publish(channel, controlItem(control), settled)
  }

  listenerThrew(event: string, thrown: unknown): void {
    this.report(wrap('LINKSPAN_LISTENER', `a listener of '${event}' threw: observers must not.`, thrown))
  }

  #hears(channel: string): boolean {
    const { exchange } = this
    return exchange === undefined || (exchange.status === 'up' && exchange.interest.has(channel))
  }

  #gap(place: Place | undefined, node: string | undefined, missed: number | undefined): void {
    this.#runtime.journal.gap(node, missed)
    this.#runtime.observers.emit('gap', { topic: place?.topic, scope: place?.scope, node, missed })
  }

  #channel(kind: ChannelKind, scope: string | undefined, topic: string): string {
    return channelName(this.#app, kind, scope, topic)
  }

  #published(
    channel: string,
    payload: Uint8Array | ArrayBuffer,
    binary: boolean,
    what: Addressed,
  ): SendResult {
    const data = payload instanceof Uint8Array ? payload : new Uint8Array(payload)
    const item: Item = { kind: binary ? 'binary' : 'text', data }
    const headers = this.#runtime.observation.inject(about(item, what))
    return (this.exchange as Exchange).publish(channel, { ...item, headers })
  }

  /** Another version may say what this one does not know. */
  #understand(channel: string, node: string, epoch: number, item: Item): void {
    try {
      const control = readControl(item)
      if (control !== undefined) this.#controlled(channel, node, epoch, control, item)
    } catch (thrown) {
      this.report(wrap('LINKSPAN_BROKER', 'another node said something that is not understood here.', thrown))
    }
  }

  #controlled(channel: string, node: string, epoch: number, control: Control, item: Item): void {
    if (control.type === 'bye') return this.#peers.left(node, epoch)
    this.#peers.heard(node, epoch)
    switch (control.type) {
      case 'beat':
        if (control.greeting === 'hello') this.#peers.greet(node)
        if (control.greeting !== undefined) this.exchange?.heard(node)
        return
      case 'ask':
        void this.#reply(node, control.id, control.what, control.about)
        return
      case 'answer':
        return this.#questions.answered(node, control)
      case 'event':
        return this.#extract(item, node, { event: control.event }, () =>
          this.#handlers.emit(control.event, control.payload as never, node as never),
        )
      default:
        if (this.lives(node, epoch)) this.presences.heard(channel, node, epoch, control)
    }
  }

  async #reply(to: string, id: number, what: string, about: unknown): Promise<void> {
    try {
      const channel = channelName(this.#app, 'node', to)
      for (const part of answerParts(id, await this.#answers.get(what)?.(about))) {
        // One after the other: more than the buffer holds would be dropped.
        const error = await new Promise((resolve) => this.say(channel, part, resolve))
        if (error !== undefined) return
      }
    } catch (thrown) {
      this.report(wrap('LINKSPAN_BROKER', `this node could not answer another one's '${what}'.`, thrown))
    }
  }
}

/** What observers are told of something published. An event of our own is one of `app:`. */
function about({ data }: Item, { topic, scope, event }: Addressed): Publication {
  return { topic, scope, event: event?.replace(/^app:/, ''), bytes: data.byteLength }
}

function notice(event: string, payload: unknown): Item {
  try {
    return controlItem({ type: 'event', event, payload })
  } catch (thrown) {
    throw badOption('what nodes are told is JSON: no circles, and no bigint.', thrown)
  }
}
