import { LinkspanError, toError } from '../errors.js'
import type { SendResult } from '../outbox.js'
import { Pauses } from '../pauses.js'
import type { BrokerLink } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import { Queue } from '../queue.js'
import { within } from '../within.js'
import { Backoff } from './backoff.js'
import { encode, type Item, overhead, sizeOf } from './envelope.js'

/** Called once, when the engine has taken an item, or it is given up. */
export type Settled = (error?: Error) => void

/** What the publisher needs to know, and whom it tells. */
export interface OutgoingOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  readonly link: BrokerLink
  /** 0 to 1: makes the pauses of nodes differ. */
  readonly seed: number
  /** Whether the engine can be reached. */
  readonly reachable: boolean
  /** Bytes that may wait. */
  readonly limit: number
  /** Milliseconds that one publish may take. */
  readonly timeout: number
  answered(): void
  failed(error: LinkspanError): void
}

interface Waiting {
  readonly index: number
  readonly size: number
  readonly item: Item
  readonly settled: Settled | undefined
}

/** One channel: what waits, and the one batch that is on its way. */
interface Lane {
  readonly channel: string
  readonly run: number
  /** The index of the next item. */
  next: number
  readonly waiting: Queue<Waiting>
  sending: boolean
  /** The index after the last item that is on its way no more. */
  settled: number
  /** When that was. */
  settledAt: number
}

/** How far a channel has got: its name, its run, the index that comes next, and for how many milliseconds. */
export type Head = readonly [channel: string, run: number, next: number, age: number]

/** Publishes on their way at once; on one channel, one after the other. */
const PARALLEL = 64
/** The longest batch, in bytes. */
const BATCH = 262_144
/** Times that a batch is tried while the engine can be reached. */
const ATTEMPTS = 4
/** Channels whose progress is told: the latest ones. */
const HEADS = 256
/** Characters of their names, so that the smallest payload that an engine takes has room for them. */
const HEADS_SIZE = 32_768
/** Channels whose counts are kept while nothing is published to them. */
const KEPT = 10_000

/**
 * What this node publishes. Items of one turn, and those that come while the channel's last batch is on its way, travel
 * together; they are numbered, so that others can tell a hole, and so that trying twice delivers once.
 */
export class Outgoing {
  readonly #owner: OutgoingOwner
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Set<Lane>()
  readonly #idle: (() => void)[] = []
  readonly #pauses: Pauses
  #runs = 0
  #sending = 0
  #scheduled = false
  #ended = false
  bytes = 0
  published = 0
  dropped = 0

  constructor(owner: OutgoingOwner) {
    this.#owner = owner
    this.#pauses = new Pauses(owner.clock)
  }

  publish(channel: string, item: Item, settled?: Settled): SendResult {
    if (this.#ended) {
      settled?.(unpublished('the application has been drained'))
      return 'closed'
    }
    const lane = this.#lane(channel)
    const index = lane.next
    // An item that is dropped has its number too: others see the hole.
    lane.next += 1
    const size = sizeOf(item)
    const { link, limit, node, reachable } = this.#owner
    if (size + overhead(node) > link.maxPayload) {
      return this.#drop(settled, unpublished(`it is larger than the engine takes (${link.maxPayload} bytes)`))
    }
    if (this.bytes > 0 && this.bytes + size > limit) {
      return this.#drop(settled, unpublished('more waits for the engine than the buffer holds'))
    }
    lane.waiting.push({ index, size, item, settled })
    this.bytes += size
    this.#ready.add(lane)
    this.#schedule()
    return reachable ? 'sent' : 'queued'
  }

  /** The engine can be reached again. */
  resume(): void {
    this.#pauses.wake()
    this.#schedule()
  }

  /** How far the channels have got that were last published to, since an instant: what others should have heard. */
  heads(since: number): readonly Head[] {
    const now = this.#owner.clock.monotonic()
    const heads: Head[] = []
    let size = 0
    for (const { channel, run, settled, settledAt } of [...this.#lanes.values()].slice(-HEADS).reverse()) {
      size += channel.length
      if (size > HEADS_SIZE) break
      if (settled > 0 && settledAt >= since) heads.push([channel, run, settled, Math.floor(now - settledAt)])
    }
    return heads
  }

  /** Resolves when nothing waits any more. */
  async flushed(): Promise<void> {
    if (this.bytes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Gives up what waits, and takes nothing more. */
  end(): void {
    this.#ended = true
    for (const lane of this.#lanes.values()) {
      for (let one = lane.waiting.shift(); one !== undefined; one = lane.waiting.shift()) {
        this.#gone(one, unpublished('the application has been drained'))
      }
    }
    this.#pauses.wake()
  }

  #lane(channel: string): Lane {
    let lane = this.#lanes.get(channel)
    if (lane === undefined) {
      this.#runs += 1
      lane = {
        channel,
        run: this.#runs,
        next: 0,
        waiting: new Queue(),
        sending: false,
        settled: 0,
        settledAt: 0,
      }
      this.#lanes.set(channel, lane)
      if (this.#lanes.size > KEPT) this.#forgetOne()
    }
    return lane
  }

  /** The channel that was not used for longest begins a new run when it is used again. */
  #forgetOne(): void {
    for (const [channel, lane] of this.#lanes) {
      if (lane.sending || lane.waiting.length > 0 || lane.next === 0) continue
      this.#lanes.delete(channel)
      return
    }
  }

  #drop(settled: Settled | undefined, error: LinkspanError): SendResult {
    this.dropped += 1
    settled?.(error)
    return 'dropped'
  }

  /** What is published in one turn of the loop travels together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    for (const lane of this.#ready) {
      if (this.#sending >= PARALLEL || !this.#owner.reachable) return
      this.#ready.delete(lane)
      if (!lane.sending && lane.waiting.length > 0) void this.#send(lane)
    }
  }

  async #send(lane: Lane): Promise<void> {
    lane.sending = true
    this.#sending += 1
    const batch = this.#batchOf(lane)
    const error = await this.#deliver(lane, batch)
    for (const one of batch) this.#gone(one, error)
    lane.settled = (batch[batch.length - 1] as Waiting).index + 1
    lane.settledAt = this.#owner.clock.monotonic()
    // Those that were used last are at the end.
    this.#lanes.delete(lane.channel)
    this.#lanes.set(lane.channel, lane)
    lane.sending = false
    this.#sending -= 1
    if (lane.waiting.length > 0) this.#ready.add(lane)
    if (this.#ready.size > 0) this.#schedule()
  }

  /** The oldest that are numbered without a hole, and fit one payload. */
  #batchOf({ waiting }: Lane): Waiting[] {
    const { link, node } = this.#owner
    const room = Math.min(BATCH, link.maxPayload - overhead(node))
    const batch: Waiting[] = []
    let size = 0
    for (let one = waiting.peek(); one !== undefined; one = waiting.peek()) {
      const last = batch[batch.length - 1]
      if (last !== undefined && (one.index !== last.index + 1 || size + one.size > room)) break
      size += one.size
      batch.push(waiting.shift() as Waiting)
    }
    return batch
  }

  /** Tries until the engine has it. What was taken without our hearing of it is heard twice, and told by its number. */
  async #deliver(
    { channel, run, settled, settledAt }: Lane,
    batch: readonly Waiting[],
  ): Promise<LinkspanError | undefined> {
    const { clock, link, node, epoch, seed, timeout } = this.#owner
    const first = (batch[0] as Waiting).index
    const idle = settled === 0 ? 0 : Math.floor(clock.monotonic() - settledAt)
    const payload = encode({ node, epoch, run, first, idle, items: batch.map(({ item }) => item) })
    const backoff = new Backoff(seed)
    let error: LinkspanError | undefined
    for (let attempts = 0; !this.#ended; ) {
      try {
        await within(clock, timeout, link.publish(channel, payload), () => new Error('no answer in time'))
        this.#owner.answered()
        return undefined
      } catch (thrown) {
        error = unpublished('the engine did not take it', toError(thrown))
        if (this.#ended) break
        this.#owner.failed(error)
        if (this.#owner.reachable) attempts += 1
        if (attempts >= ATTEMPTS) break
      }
      await this.#pauses.wait(backoff.next())
    }
    return error
  }

  #gone({ size, settled }: Waiting, error: LinkspanError | undefined): void {
    this.bytes -= size
    if (error === undefined) this.published += 1
    else this.dropped += 1
    settled?.(error)
    if (this.bytes > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function unpublished(why: string, cause?: Error): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_BROKER',
    `a message was not published to other nodes: ${why}. Connections of this node have got it.`,
    { cause },
  )
}
