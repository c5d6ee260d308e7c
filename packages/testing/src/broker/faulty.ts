import { type Broker, type BrokerLink, type BrokerSink, type Clock, systemClock } from '@linkspan/core'
import { Gate } from './gate.js'

/**
 * What can happen to a payload on its way, or to a call: `refuse` rejects a call, `swallow` takes a publish and never
 * answers it, `lose` lets a payload not arrive, `duplicate` lets it arrive twice, `overtake` lets it arrive before others
 * that are late.
 *
 * @example
 * const decide = (fault: BrokerFault): boolean => random.chance(fault === 'lose' ? 0.01 : 0.05)
 */
export type BrokerFault = 'refuse' | 'swallow' | 'lose' | 'duplicate' | 'overtake'

/**
 * What decides on faults, and on time.
 *
 * @example
 * const options: FaultyBrokerOptions = { clock, latency: () => random.below(200), decide: () => random.chance(0.1) }
 */
export interface FaultyBrokerOptions {
  /** Asked at each occasion, in an order that depends on nothing but what the nodes do. Default: no faults. */
  readonly decide?: (fault: BrokerFault) => boolean
  /** How long a payload takes to a node, in milliseconds of the clock. Default: 0, which is at once. */
  readonly latency?: () => number
  /** What `latency` counts in. Default: the system's. */
  readonly clock?: Clock
}

/**
 * A broker in front of another one, which loses, repeats, delays and refuses as it is told: also what the port forbids.
 * All nodes have to be opened through it, as it marks every payload with four bytes of its own.
 *
 * @example
 * const random = new Random(7)
 * const broker = new FaultyBroker(memoryBroker(), { clock, latency: () => random.below(200) })
 */
export class FaultyBroker implements Broker {
  readonly #broker: Broker
  readonly #options: Required<FaultyBrokerOptions>
  readonly #nodes: Set<FaultyNode> = new Set()
  readonly #gate: Gate = new Gate()
  #groups: readonly (readonly BrokerLink[])[] = []
  #opened = 0

  constructor(broker: Broker, options: FaultyBrokerOptions = {}) {
    this.#broker = broker
    this.#options = { decide: () => false, latency: () => 0, clock: systemClock, ...options }
  }

  /** Those that were opened and not closed, in the order they came: of `memoryBroker().nodes` the same. */
  get nodes(): ReadonlySet<BrokerLink> {
    return this.#nodes
  }

  open(sink: BrokerSink): BrokerLink {
    this.#opened += 1
    const node: FaultyNode = new FaultyNode(this.#opened, this.#broker, sink, {
      ...this.#options,
      gate: this.#gate,
      separated: (from) => this.#separated(from, node),
      left: () => this.#nodes.delete(node),
    })
    this.#nodes.add(node)
    return node
  }

  /** Lets nothing pass from one group of nodes to another. Nobody is told; a node of no group hears everybody. */
  partition(...groups: readonly (readonly BrokerLink[])[]): void {
    this.#groups = groups
  }

  /** Ends the partition. What did not pass is lost. */
  heal(): void {
    this.#groups = []
  }

  /** Lets every call and every payload wait, until `unstall`. */
  stall(): void {
    this.#gate.shut()
  }

  unstall(): void {
    this.#gate.open()
  }

  #separated(from: number, to: BrokerLink): boolean {
    const sender = [...this.#nodes].find(({ id }) => id === from)
    if (sender === undefined) return false
    const [mine, yours] = [sender, to].map((node) => this.#groups.find((group) => group.includes(node)))
    return mine !== undefined && yours !== undefined && mine !== yours
  }
}

/** What a node asks its broker. */
interface Around extends Required<FaultyBrokerOptions> {
  readonly gate: Gate
  separated(from: number): boolean
  left(): void
}

/** Bytes before each payload: who has published it. */
const MARK = 4

class FaultyNode implements BrokerLink {
  readonly id: number
  readonly #link: BrokerLink
  readonly #around: Around
  readonly #sink: BrokerSink
  /** Before then nothing may arrive that does not overtake. */
  #due = 0
  #closed = false

  constructor(id: number, broker: Broker, sink: BrokerSink, around: Around) {
    this.id = id
    this.#around = around
    this.#sink = sink
    this.#link = broker.open({
      message: (channel, payload) => around.gate.pass(() => this.#arrive(channel, payload)),
      up: (recovered) => sink.up(recovered),
      down: (error) => sink.down(error),
      gap: (channel) => sink.gap(channel),
    })
  }

  get maxPayload(): number {
    return this.#link.maxPayload - MARK
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    const marked = new Uint8Array(MARK + payload.byteLength)
    new DataView(marked.buffer).setUint32(0, this.id)
    marked.set(payload, MARK)
    await this.#call(() => this.#link.publish(channel, marked))
    if (this.#around.decide('swallow')) await new Promise<never>(() => {})
  }

  subscribe(channel: string): Promise<void> {
    return this.#call(() => this.#link.subscribe(channel))
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#call(() => this.#link.unsubscribe(channel))
  }

  close(): Promise<void> {
    this.#closed = true
    this.#around.left()
    return this.#link.close()
  }

  #call(call: () => Promise<void>): Promise<void> {
    if (this.#around.decide('refuse'))
      return Promise.reject(new Error('the broker refuses, as it was told to'))
    return new Promise((resolve, reject) => {
      this.#around.gate.pass(() => {
        call().then(resolve, reject)
      })
    })
  }

  #arrive(channel: string, marked: Uint8Array): void {
    const { decide, separated } = this.#around
    const from = new DataView(marked.buffer, marked.byteOffset).getUint32(0)
    if (separated(from) || decide('lose')) return
    this.#later(channel, new Uint8Array(marked.subarray(MARK)))
    if (decide('duplicate')) this.#later(channel, new Uint8Array(marked.subarray(MARK)))
  }

  #later(channel: string, payload: Uint8Array): void {
    const { clock, decide, latency } = this.#around
    const now = clock.monotonic()
    let due = now + latency()
    if (due < this.#due && !decide('overtake')) due = this.#due
    this.#due = Math.max(this.#due, due)
    const deliver = (): void => {
      if (!this.#closed) this.#sink.message(channel, payload)
    }
    if (due > now) clock.setTimeout(deliver, due - now)
    else deliver()
  }
}
