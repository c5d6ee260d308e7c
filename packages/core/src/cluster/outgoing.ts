import { Deferred } from '../deferred.js'
import { LinkspanError, toError } from '../errors.js'
import type { SendResult } from '../outbox.js'
import { Pauses } from '../pauses.js'
import type { BrokerLink } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import { Queue } from '../queue.js'
import { within } from '../within.js'
import { Backoff } from './backoff.js'
import { type Urgency, urgencyOf } from './channel.js'
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
  readonly urgency: Urgency
  readonly run: number
  /** The index of the next item. */
  next: number
  readonly waiting: Queue<Waiting>
  sending: boolean
  /** Since when something waits, or is on its way. */
  since: number
  /** When the last item was taken, or given up. */
  settledAt: number
  /** How often it was said since then that there is no more. */
  reminded: number
  /** It is about to be said. */
  reminding: boolean
}

/** Publishes on their way at once; on one channel, one after the other. */
const PARALLEL = 64
/** The longest batch, in bytes. */
const BATCH = 262_144
/** Times that a batch is tried while the engine can be reached. */
const ATTEMPTS = 4
/** Channels that are reminded of at once; the others are the next time. */
const REMINDERS = 1_000
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
  /** What is patient waits for it. */
  #held: Deferred<void> | undefined
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
      return this.#drop(
        lane,
        settled,
        unpublished(`it is larger than the engine takes (${link.maxPayload} bytes)`),
      )
    }
    if (this.bytes > 0 && this.bytes + size > limit) {
      return this.#drop(lane, settled, unpublished('more waits for the engine than the buffer holds'))
    }
    if (!lane.sending && lane.waiting.length === 0) lane.since = this.#owner.clock.monotonic()
    lane.waiting.push({ index, size, item, settled })
    this.bytes += size
    this.#ready.add(lane)
    this.#schedule()
    return reachable && !this.#waits(lane) ? 'sent' : 'queued'
  }

  /** Lets what is patient wait, until `release`. */
  hold(): void {
    this.#held ??= new Deferred()
  }

  release(): void {
    this.#held?.resolve()
    this.#held = undefined
    this.#schedule()
  }

  /** The engine can be reached again. */
  resume(): void {
    this.#pauses.wake()
    this.#schedule()
  }

  /**
   * Says on channels on which nothing was published for so many milliseconds that there was no more, so that whoever missed
   * the last of it can tell: once for each of the times.
   */
  remind(times: readonly number[]): void {
    const now = this.#owner.clock.monotonic()
    let room = REMINDERS
    for (const lane of this.#lanes.values()) {
      const time = times[lane.reminded]
      if (time === undefined || now - lane.settledAt < time || lane.urgency === 'fleeting') continue
      if (lane.sending || lane.waiting.length > 0 || room === 0) continue
      room -= 1
      lane.reminded += 1
      lane.reminding = true
      this.#ready.add(lane)
    }
    this.#schedule()
  }

  /** Milliseconds for which the oldest of what waits has waited, at least. */
  get lag(): number {
    const now = this.#owner.clock.monotonic()
    let lag = 0
    for (const { sending, waiting, since } of this.#lanes.values()) {
      if (sending || waiting.length > 0) lag = Math.max(lag, now - since)
    }
    return lag
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
    this.release()
  }

  #lane(channel: string): Lane {
    let lane = this.#lanes.get(channel)
    if (lane === undefined) {
      this.#runs += 1
      lane = {
        channel,
        urgency: urgencyOf(channel),
        run: this.#runs,
        next: 0,
        waiting: new Queue(),
        sending: false,
        since: 0,
        settledAt: 0,
        reminded: 0,
        reminding: false,
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

  #drop(lane: Lane, settled: Settled | undefined, error: LinkspanError): SendResult {
    this.#settle(lane)
    this.dropped += 1
    settled?.(error)
    return 'dropped'
  }

  #settle(lane: Lane): void {
    lane.settledAt = this.#owner.clock.monotonic()
    lane.reminded = 0
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
      if (this.#waits(lane)) continue
      this.#ready.delete(lane)
      if (!lane.sending && (lane.waiting.length > 0 || lane.reminding)) void this.#send(lane)
    }
  }

  #waits({ urgency }: Lane): boolean {
    return this.#held !== undefined && urgency === 'patient'
  }

  async #send(lane: Lane): Promise<void> {
    lane.sending = true
    lane.reminding = false
    this.#sending += 1
    const batch = this.#batchOf(lane)
    const error = await this.#deliver(lane, batch)
    for (const one of batch) this.#gone(one, error)
    // What still waits came after the batch was on its way.
    lane.since = this.#owner.clock.monotonic()
    if (batch.length > 0) {
      this.#settle(lane)
      // Those that were used last are at the end.
      this.#lanes.delete(lane.channel)
      this.#lanes.set(lane.channel, lane)
    } else if (error !== undefined) lane.reminded -= 1
    lane.sending = false
    this.#sending -= 1
    if (lane.waiting.length > 0) this.#ready.add(lane)
    if (this.#ready.size > 0) this.#schedule()
  }

  /** The oldest that are numbered without a hole, and fit one payload; none, where it is a reminder. */
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
  async #deliver(lane: Lane, batch: readonly Waiting[]): Promise<LinkspanError | undefined> {
    const { clock, link, node, epoch, seed, timeout } = this.#owner
    const { channel, run, next, settledAt, urgency } = lane
    const first = batch[0]?.index ?? next
    const idle = first === 0 ? 0 : Math.floor(clock.monotonic() - settledAt)
    const payload = encode({ node, epoch, run, first, idle, items: batch.map(({ item }) => item) })
    const backoff = new Backoff(seed)
    // A reminder is said again with a later beat.
    const most = batch.length === 0 ? 1 : ATTEMPTS
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
        else if (urgency === 'fleeting') break
        if (attempts >= most) break
      }
      await this.#pauses.wait(backoff.next())
      if (this.#waits(lane)) await this.#released()
    }
    return error
  }

  /** What waits for others takes nobody's place meanwhile. */
  async #released(): Promise<void> {
    this.#sending -= 1
    this.#schedule()
    while (this.#held !== undefined) await this.#held.promise
    this.#sending += 1
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
