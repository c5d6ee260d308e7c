import { LinkspanError } from './errors.js'
import type { Broker, BrokerLink, BrokerSink } from './ports/broker.js'

/** As much as engines usually take, so that what works here works there. */
const MAX_PAYLOAD = 1_048_576

/**
 * A broker for the applications of one process, which can be cut off from each other as from an engine.
 *
 * @example
 * const hub: MemoryBroker = memoryBroker()
 */
export interface MemoryBroker extends Broker {
  /** One for each application that has it, until that closes; in the order they came. */
  readonly nodes: ReadonlySet<BrokerLink>
  /**
   * Cuts these nodes off: their calls reject, what is on its way to them is lost, and what they subscribed to is
   * forgotten. Without arguments: all of them, and those that come later.
   */
  cut(...nodes: readonly BrokerLink[]): void
  /** Ends that for these nodes, or, without arguments, for all of them and those that come later. */
  mend(...nodes: readonly BrokerLink[]): void
}

/**
 * Makes a broker that carries messages between applications of one process: for tests, and where several applications
 * share a process. Every payload is copied, arrives later than `publish` was called, and in order. At most 1 MiB each.
 *
 * @example
 * const hub = memoryBroker()
 * const chat = linkspan({ broker: hub })
 * const admin = linkspan({ broker: hub })
 */
export function memoryBroker(): MemoryBroker {
  return new Hub()
}

class Hub implements MemoryBroker {
  readonly nodes: Set<MemoryNode> = new Set()
  #away = false

  open(sink: BrokerSink): BrokerLink {
    const node = new MemoryNode(this.nodes, sink, !this.#away)
    this.nodes.add(node)
    return node
  }

  cut(...nodes: readonly BrokerLink[]): void {
    if (nodes.length === 0) this.#away = true
    for (const node of this.#named(nodes)) node.cut()
  }

  mend(...nodes: readonly BrokerLink[]): void {
    if (nodes.length === 0) this.#away = false
    for (const node of this.#named(nodes)) node.mend()
  }

  #named(nodes: readonly BrokerLink[]): readonly MemoryNode[] {
    return [...this.nodes].filter((node) => nodes.length === 0 || nodes.includes(node))
  }
}

class MemoryNode implements BrokerLink {
  readonly maxPayload: number = MAX_PAYLOAD
  /** All that are there; this one until it leaves. */
  readonly #nodes: Set<MemoryNode>
  readonly #sink: BrokerSink
  readonly #channels: Set<string> = new Set()
  #connected: boolean
  /** `open` has returned, so that the sink may be called. */
  #opened = false

  constructor(nodes: Set<MemoryNode>, sink: BrokerSink, connected: boolean) {
    this.#nodes = nodes
    this.#sink = sink
    this.#connected = connected
    queueMicrotask(() => {
      this.#opened = true
      this.#tell()
    })
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    if (payload.byteLength > MAX_PAYLOAD) {
      throw new LinkspanError(
        'LINKSPAN_BROKER',
        `a payload of ${payload.byteLength} bytes is more than the memory broker takes: publish at most ${MAX_PAYLOAD} at a time.`,
      )
    }
    for (const node of this.#nodes) {
      if (node !== this) node.#take(channel, payload)
    }
  }

  async subscribe(channel: string): Promise<void> {
    this.#check()
    this.#channels.add(channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#check()
    this.#channels.delete(channel)
  }

  async close(): Promise<void> {
    this.#nodes.delete(this)
    this.#channels.clear()
  }

  cut(): void {
    if (!this.#connected) return
    this.#connected = false
    this.#channels.clear()
    this.#tell()
  }

  mend(): void {
    if (this.#connected) return
    this.#connected = true
    this.#tell()
  }

  #tell(): void {
    if (!this.#opened || !this.#nodes.has(this)) return
    if (this.#connected) this.#sink.up(false)
    else this.#sink.down(unreachable())
  }

  #take(channel: string, payload: Uint8Array): void {
    if (!this.#channels.has(channel)) return
    // Not `slice`: a Buffer's shares its bytes.
    const copy = new Uint8Array(payload)
    queueMicrotask(() => {
      if (this.#connected && this.#nodes.has(this)) this.#sink.message(channel, copy)
    })
  }

  #check(): void {
    if (!this.#nodes.has(this)) {
      throw new LinkspanError('LINKSPAN_BROKER', 'this node has left the memory broker: open another.')
    }
    if (!this.#connected) throw unreachable()
  }
}

function unreachable(): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_BROKER',
    'the memory broker was cut off: nothing passes until it is mended.',
  )
}
