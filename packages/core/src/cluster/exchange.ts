import { LinkspanError } from '../errors.js'
import type { SendResult } from '../outbox.js'
import type { Broker, BrokerLink, BrokerStatus } from '../ports/broker.js'
import type { Clock } from '../ports/clock.js'
import { within } from '../within.js'
import { Comeback, type ComebackOwner } from './comeback.js'
import { Cursors } from './cursors.js'
import { decode, type Item } from './envelope.js'
import { Interest, type InterestOwner } from './interest.js'
import { Outgoing, type OutgoingOwner, type Settled } from './outgoing.js'

/** What the traffic between nodes is told, and whom it tells. */
export interface ExchangeOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  /** Bytes that may wait for the engine. */
  readonly limit: number
  /** Milliseconds that one call to the engine may take. */
  readonly timeout: number
  /** Milliseconds that a channel nobody wants any more stays subscribed. */
  readonly grace: number
  /** Milliseconds after which a node that came back waits for nothing any more. */
  readonly patience: number
  /** The other nodes that are known to live. */
  readonly others: readonly string[]
  lives(node: string, epoch: number): boolean
  received(channel: string, node: string, epoch: number, item: Item): void
  /** From now on what is published to a channel is heard. */
  listening(channel: string): void
  /** Nothing more is heard of a channel. */
  silent(channel: string): void
  /** The engine is back, and what is wanted is listened to, unless that takes too long. */
  back(): void
  /** The engine was away: what was published meanwhile may be missing. Told before anything that came after it. */
  outage(): void
  /** `missed` items of a node on a channel; without a number nobody knows; without a channel, on any of them. */
  gap(channel?: string, node?: string, missed?: number): void
  /** Something may have been published to a channel just before we listened, or just after, and then it is missing. */
  doubtful(channel: string): void
  status(status: BrokerStatus, error?: LinkspanError): void
  report(error: LinkspanError): void
}

/** As much as a word between nodes may be late for the times that it tells, in milliseconds. */
const MARGIN = 1_000
/** Calls in a row that may fail before the engine is said to be degraded. */
const PATIENCE = 2

/** The traffic of one node with all the others, through an engine: what is the same whichever engine it is. */
export class Exchange implements OutgoingOwner, InterestOwner, ComebackOwner {
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  readonly limit: number
  readonly timeout: number
  readonly grace: number
  readonly patience: number
  readonly seed: number
  readonly link: BrokerLink
  readonly outgoing: Outgoing
  readonly interest: Interest
  readonly #owner: ExchangeOwner
  readonly #cursors = new Cursors()
  readonly #comeback: Comeback
  /** Channels that were not listened to in time: when they are, something may be missing there once more. */
  #overdue = new Set<string>()
  #status: BrokerStatus = 'down'
  #beenUp = false
  #failures = 0
  #ended = false
  #foreign = false
  received = 0
  duplicates = 0
  missed = 0

  constructor(broker: Broker, owner: ExchangeOwner) {
    this.#owner = owner
    const { node, epoch, clock, limit, timeout, grace, patience } = owner
    this.node = node
    this.epoch = epoch
    this.clock = clock
    this.limit = limit
    this.timeout = timeout
    this.grace = grace
    this.patience = patience
    this.seed = [...node].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9_973, 7) / 9_973
    this.link = broker.open({
      message: (channel, payload) => this.#message(channel, payload),
      up: (recovered) => this.#up(recovered),
      down: (error) => this.#down(error),
      gap: (channel) => this.#gap(channel),
    })
    this.outgoing = new Outgoing(this)
    this.interest = new Interest(this)
    this.#comeback = new Comeback(this)
  }

  get status(): BrokerStatus {
    return this.#status
  }

  get reachable(): boolean {
    return this.#status !== 'down'
  }

  /** Whether what is wanted is listened to, as far as that can be: not for a moment after an outage. */
  get listens(): boolean {
    return this.reachable && !this.#comeback.isListening
  }

  publish(channel: string, item: Item, settled?: Settled): SendResult {
    return this.outgoing.publish(channel, item, settled)
  }

  /** A node has said that it listens, since the engine is back; or it is not there any more. */
  heard(node: string): void {
    this.#comeback.heard(node)
  }

  /**
   * So many items of a node are missing on a channel. Where their number is not known, they are missing only if we have
   * listened when the last of them was published.
   */
  #missing(channel: string, node: string, missed: number | undefined, publishedAt: number): void {
    if (missed === 0) return
    if (missed === undefined && !this.interest.hasSince(channel, publishedAt - MARGIN)) {
      return this.#owner.doubtful(channel)
    }
    this.missed += missed ?? 1
    this.#owner.gap(channel, node, missed)
  }

  /** A node's life is over: what it published is not counted any more. */
  forgetNode(node: string, epoch: number): void {
    this.#cursors.forgetNode(node, epoch)
  }

  listening(channel: string): void {
    if (this.#overdue.delete(channel)) this.#owner.gap(channel)
    this.#owner.listening(channel)
  }

  silent(channel: string): void {
    this.#overdue.delete(channel)
    this.#cursors.forgetChannel(channel)
    this.#owner.silent(channel)
  }

  answered(): void {
    this.#failures = 0
    if (this.#status !== 'degraded') return
    // It may have hung for so long that others have lost it.
    this.outgoing.hold()
    this.#become('up')
    this.#comeback.begin(false, this.#owner.others)
  }

  failed(error: LinkspanError): void {
    this.#failures += 1
    if (this.#status === 'up' && this.#failures >= PATIENCE) this.#become('degraded', error)
  }

  listened(): Promise<void> {
    return this.interest.settled()
  }

  lost(): void {
    this.#overdue = new Set(this.interest.missing)
    this.#owner.outage()
  }

  back(): void {
    this.#owner.back()
  }

  arrived(channel: string, payload: Uint8Array): void {
    this.#message(channel, payload)
  }

  complete(): void {
    this.outgoing.release()
  }

  /** Publishes what waits, as far as that goes within `time` milliseconds, and leaves the engine. */
  async close(time: number): Promise<void> {
    this.#comeback.end()
    this.outgoing.release()
    if (this.reachable) {
      const flushed = within(this.clock, time, this.outgoing.flushed(), () => new Error('late'))
      await flushed.catch(() => {})
    }
    this.#ended = true
    this.outgoing.end()
    this.interest.end()
    const closed = within(this.clock, this.timeout, this.link.close(), () => new Error('late'))
    await closed.catch((cause: unknown) =>
      this.#owner.report(
        new LinkspanError('LINKSPAN_BROKER', 'the broker did not close in time, and was left.', { cause }),
      ),
    )
  }

  #message(channel: string, payload: Uint8Array): void {
    if (this.#ended || this.#comeback.keeps(channel, payload)) return
    const envelope = decode(payload)
    if (envelope === undefined) return this.#strange()
    const { node, epoch, items } = envelope
    if ((node === this.node && epoch === this.epoch) || !this.interest.knows(channel)) return
    // A reminder that comes after a node's goodbye is not to begin its count anew.
    if (items.length === 0 && !this.#owner.lives(node, epoch)) return
    const arrival = this.#cursors.arrived(channel, envelope)
    this.duplicates += items.length - arrival.items.length
    this.#missing(channel, node, arrival.missed, this.clock.monotonic() - envelope.idle)
    for (const item of arrival.items) {
      this.received += 1
      this.#owner.received(channel, node, epoch, item)
    }
  }

  /** Somebody else publishes where only we should. Told once: it may be many. */
  #strange(): void {
    if (this.#foreign) return
    this.#foreign = true
    this.#owner.report(
      new LinkspanError(
        'LINKSPAN_BROKER',
        'something that no node of this version has written arrived from the broker, and is ignored. Give the app a name of its own where several share an engine.',
      ),
    )
  }

  #up(recovered: boolean): void {
    if (this.#ended) return
    const again = this.#beenUp
    const hasLost = again && !recovered
    this.#beenUp = true
    this.#overdue.clear()
    if (hasLost) this.outgoing.hold()
    this.#become('up')
    this.interest.resubscribe()
    this.outgoing.resume()
    this.#comeback.begin(hasLost, hasLost ? this.#owner.others : [])
  }

  #down(error: Error): void {
    if (this.#ended) return
    this.#comeback.interrupt()
    this.interest.lose()
    this.#become(
      'down',
      new LinkspanError(
        'LINKSPAN_BROKER',
        'the broker cannot be reached. Messages for other nodes wait until it can, within bounds.',
        { cause: error },
      ),
    )
  }

  #gap(channel?: string): void {
    if (!this.#ended) this.#owner.gap(channel)
  }

  #become(status: BrokerStatus, error?: LinkspanError): void {
    this.#status = status
    this.#owner.status(status, error)
  }
}
