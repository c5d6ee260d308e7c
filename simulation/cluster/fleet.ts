import { type BrokerLink, type Linkspan, linkspan, memoryBroker, type SendResult } from '@linkspan/core'
import { FaultyBroker, Random, VirtualClock } from '@linkspan/testing'
import { Visitor } from './visitor.js'

/** Milliseconds of a node's beat, of the lease after which it is given up, and of interest in a room nobody is in. */
export const BEAT: number = 5_000
export const LEASE: number = 15_000
export const GRACE: number = 2_000

/** Something was lost, as far as a node knows. */
export interface Gap {
  readonly at: number
  readonly topic: string | undefined
  readonly scope: string | undefined
  readonly node: string | undefined
}

/** One life of a node. */
export class FleetNode {
  readonly name: string
  readonly app: Linkspan<unknown>
  readonly link: BrokerLink
  readonly startedAt: number
  readonly visitors: Set<Visitor> = new Set()
  readonly gaps: Gap[] = []
  /** Which other nodes were given up, and for how long: their words may be missing. */
  readonly absences: { readonly node: string; readonly from: number; to: number }[] = []
  /** When it was cut off from the engine, and when it was back. */
  readonly outages: { readonly from: number; to: number }[] = []
  /** When it died, or left. */
  endedAt = Infinity
  isCut = false

  constructor(name: string, app: Linkspan<unknown>, link: BrokerLink, startedAt: number) {
    this.name = name
    this.app = app
    this.link = link
    this.startedAt = startedAt
  }
}

/** Something that was said in a room. */
export interface Said {
  readonly at: number
  readonly node: FleetNode
  readonly scope: string
  readonly room: string
  readonly from: string
  readonly number: number
  readonly answer: SendResult
}

/** Somebody was in a room, and when. */
export interface Stay {
  readonly node: FleetNode
  readonly visitor: Visitor
  readonly room: string
  readonly from: number
  to: number
}

/** Many nodes of one application on one clock, an engine between them that fails, and everything that happened. */
export class Fleet {
  readonly random: Random
  readonly clock: VirtualClock = new VirtualClock()
  readonly nodes: FleetNode[] = []
  readonly said: Said[] = []
  readonly stays: Stay[] = []
  /** Payloads that reached a node on a topic of which it had nobody, nor had lately. */
  readonly wasted: string[] = []
  /** Errors that no fault of the engine explains. */
  readonly errors: string[] = []
  /** Whether the engine does what it should not, for now. */
  faulty = true
  readonly #hub = memoryBroker()
  readonly #broker: FaultyBroker
  #made = 0
  #numbers = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    const { random, clock } = this
    const rates = {
      refuse: random.pick([0, 0.02]),
      swallow: random.pick([0, 0, 0.01]),
      lose: random.pick([0, 0, 0.005]),
      duplicate: random.pick([0, 0.05]),
      overtake: random.pick([0, 0, 0.02]),
    }
    this.#broker = new FaultyBroker(this.#hub, {
      clock,
      latency: () => 1 + random.below(40),
      decide: (fault) => this.faulty && random.chance(rates[fault]),
    })
  }

  get living(): FleetNode[] {
    return this.nodes.filter(({ endedAt }) => endedAt === Infinity)
  }

  get now(): number {
    return this.clock.monotonic()
  }

  /** Begins a node, or a further life of one that has ended. */
  start(name: string): FleetNode {
    const { clock } = this
    const app = linkspan({
      origin: '*',
      heartbeat: false,
      clock,
      broker: this.#broker,
      cluster: { node: name, beat: BEAT, lease: LEASE, interestGrace: GRACE },
      scope: (conn) => conn.request.headers['x-scope'],
    })
    app.use((conn, next) => {
      conn.authenticate({ subject: conn.request.headers['x-name'] ?? '' })
      return next()
    })
    app.message((conn, message) => {
      const [room = '', number = ''] = message.text().split(' ')
      const { 'x-scope': scope = '', 'x-name': from = '' } = conn.request.headers
      const answer = conn.to(room).send(`${scope} ${room} ${from} ${number}`)
      this.said.push({ at: this.now, node, scope, room, from, number: Number(number), answer })
    })
    const link = [...this.#broker.nodes].at(-1) as BrokerLink
    const node = new FleetNode(name, app, link, this.now)
    app.on('gap', ({ topic, scope, node: from }) => {
      node.gaps.push({ at: this.now, topic, scope, node: from })
    })
    app.on('node', ({ node: other, joined }) => {
      const absence = node.absences.findLast((one) => one.node === other)
      if (!joined) node.absences.push({ node: other, from: this.now, to: Infinity })
      else if (absence?.to === Infinity) absence.to = this.now
    })
    app.on('error', ({ code, message }) => {
      if (code !== 'LINKSPAN_BROKER') this.errors.push(`${name}: ${code}: ${message}`)
    })
    this.nodes.push(node)
    return node
  }

  enter(node: FleetNode, scope: string): Visitor {
    this.#made += 1
    const visitor = new Visitor(`v${this.#made}`, scope)
    node.visitors.add(visitor)
    visitor.enter(node.app)
    return visitor
  }

  join(node: FleetNode, visitor: Visitor, room: string): void {
    if (visitor.conn === undefined || visitor.rooms.has(room)) return
    visitor.conn.join(room)
    node.app.scope(visitor.scope).presence(room).track(visitor.conn, { at: node.name })
    visitor.rooms.set(room, this.now)
    this.stays.push({ node, visitor, room, from: this.now, to: Infinity })
  }

  leave(visitor: Visitor, room: string): void {
    if (visitor.rooms.delete(room)) visitor.conn?.leave(room)
    this.#ends(visitor, room)
  }

  say(visitor: Visitor, room: string): void {
    this.#numbers += 1
    visitor.says(`${room} ${this.#numbers}`)
  }

  vanish(node: FleetNode, visitor: Visitor): void {
    node.visitors.delete(visitor)
    this.#ends(visitor)
    visitor.vanish()
  }

  cut(node: FleetNode): void {
    if (node.isCut) return
    node.isCut = true
    node.outages.push({ from: this.now, to: Infinity })
    this.#hub.cut(this.#inner(node))
  }

  mend(node: FleetNode): void {
    const outage = node.outages.at(-1)
    if (!node.isCut || node.endedAt < Infinity || outage === undefined) return
    node.isCut = false
    outage.to = this.now
    this.#hub.mend(this.#inner(node))
  }

  /** The engine dies, and comes back: nodes notice the latter one after the other, within so many milliseconds. */
  crash(away: number, spread: number): void {
    for (const node of this.living) {
      this.cut(node)
      this.clock.setTimeout(() => this.mend(node), away + this.random.below(spread + 1))
    }
  }

  /** It dies without a word, and its connections with it. */
  kill(node: FleetNode): void {
    this.cut(node)
    this.#over(node)
    void node.link.close()
    for (const visitor of node.visitors) visitor.vanish()
  }

  /** It leaves as it should. */
  async leaveFleet(node: FleetNode): Promise<void> {
    this.#over(node)
    const drained = node.app.drain({ grace: 1_000 })
    await this.clock.advance(10_000)
    await drained
  }

  partition(share: number): void {
    const groups: BrokerLink[][] = [[], []]
    for (const { link } of this.living) groups[this.random.chance(share) ? 0 : 1]?.push(link)
    this.#broker.partition(...groups)
  }

  heal(): void {
    this.#broker.heal()
  }

  /** Nodes that are still there for the engine. */
  get open(): number {
    return this.#hub.nodes.size
  }

  #over(node: FleetNode): void {
    node.endedAt = this.now
    for (const visitor of node.visitors) this.#ends(visitor)
  }

  #ends(visitor: Visitor, room?: string): void {
    for (const stay of this.stays) {
      if (stay.visitor === visitor && stay.to === Infinity && (room === undefined || stay.room === room)) {
        stay.to = this.now
      }
    }
  }

  /** The node of the engine behind the one that fails: they are opened in the same order. */
  #inner({ link }: FleetNode): BrokerLink {
    const index = [...this.#broker.nodes].indexOf(link)
    return [...this.#hub.nodes][index] as BrokerLink
  }
}
