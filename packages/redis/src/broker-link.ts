import { type BrokerLink, type BrokerSink, backoff, type Clock, LinkspanError, toError } from '@linkspan/core'
import type { Engine } from './broker-engine.js'
import { brokerError, brokerFailure } from './broker-errors.js'
import { Hearing } from './hearing.js'
import type { ProbeTimes } from './probe.js'
import { Publisher, type PublisherBounds } from './publisher.js'

/** Milliseconds before another connection is tried at the earliest, at most, and how long one has to stand to count. */
const PAUSES = { first: 50, longest: 2_000 }
const STOOD = 5_000

/** One node at a Redis: up while both the client that publishes and the connections that subscribe stand. */
export class RedisLink implements BrokerLink {
  readonly maxPayload: number
  readonly #engine: Engine
  readonly #times: ProbeTimes
  readonly #clock: Clock
  readonly #sink: BrokerSink
  readonly #publisher: Publisher
  #hearing: Hearing | undefined
  /** One that does not stand yet. */
  #dialling: Hearing | undefined
  #told: 'nothing' | 'up' | 'down' = 'nothing'
  /** Whether messages may have been missed since `up` was told. */
  #missed = true
  #attempt = 0
  #since = 0
  #retry: unknown
  #patience: unknown
  #closed = false

  constructor(engine: Engine, sink: BrokerSink, times: ProbeTimes, bounds: PublisherBounds) {
    this.maxPayload = bounds.maxPayload
    this.#engine = engine
    this.#sink = sink
    this.#times = times
    this.#clock = times.clock
    this.#publisher = new Publisher(engine, bounds, times, () => this.#settle())
    this.#patience = this.#clock.setTimeout(() => {
      if (this.#told === 'nothing')
        this.#down(brokerError(`Redis was not reached within ${times.timeout} ms.`))
    }, times.timeout)
    // Not before `open` has returned.
    queueMicrotask(() => void this.#dial())
  }

  publish(channel: string, payload: Uint8Array): Promise<void> {
    return this.#closed ? closed() : this.#publisher.publish(channel, payload)
  }

  async subscribe(channel: string): Promise<void> {
    if (this.#closed) return closed()
    if (this.#hearing === undefined) throw brokerError('No connection to Redis that subscribes stands.')
    await answered('SUBSCRIBE', this.#hearing.subscribe(channel))
  }

  async unsubscribe(channel: string): Promise<void> {
    if (this.#closed) return closed()
    // Without a connection nothing is subscribed to.
    if (this.#hearing !== undefined) await answered('UNSUBSCRIBE', this.#hearing.unsubscribe(channel))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#clock.clearTimeout(this.#retry)
    this.#clock.clearTimeout(this.#patience)
    this.#publisher.close()
    this.#dialling?.end()
    this.#hearing?.end()
    this.#hearing = undefined
  }

  async #dial(): Promise<void> {
    if (this.#closed) return
    this.#retry = undefined
    const hearing = new Hearing(this.#engine, this.#times, {
      message: (channel, payload) => this.#sink.message(channel, payload),
      gap: (channel) => this.#sink.gap(channel),
      lost: (error) => this.#lost(error),
    })
    this.#dialling = hearing
    try {
      await hearing.begin()
      this.#dialling = undefined
      if (this.#closed) return
      this.#hearing = hearing
      this.#since = this.#clock.monotonic()
      this.#settle()
    } catch (thrown) {
      this.#dialling = undefined
      if (this.#closed) return
      // At first the client may still be connecting, and know no cluster: that is not told before the deadline.
      if (this.#told !== 'nothing' || this.#publisher.stands) this.#down(toError(thrown))
      this.#again()
    }
  }

  #lost(error: Error): void {
    // One that is ended for nothing as soon as it stands is not called at once again and again.
    if (this.#clock.monotonic() - this.#since >= STOOD) this.#attempt = 0
    this.#hearing = undefined
    this.#missed = true
    this.#down(error)
    this.#again()
  }

  #again(): void {
    if (this.#closed) return
    this.#retry = this.#clock.setTimeout(
      () => void this.#dial(),
      backoff(PAUSES, this.#attempt, Math.random()),
    )
    this.#attempt += 1
  }

  #hurry(): void {
    if (this.#dialling !== undefined || this.#retry === undefined) return
    this.#clock.clearTimeout(this.#retry)
    void this.#dial()
  }

  /** Tells what has changed, after anything did. */
  #settle(): void {
    if (this.#closed) return
    if (!this.#publisher.stands) {
      // At first it may still be connecting: that is not told before the deadline.
      if (this.#told === 'up')
        this.#down(brokerError('The Redis client lost its connection, or does not answer.'))
      return
    }
    // A client of a cluster knows none before it is ready: what was tried too early is tried now.
    if (this.#told === 'nothing' && this.#hearing === undefined) this.#hurry()
    if (this.#hearing === undefined || this.#told === 'up') return
    this.#told = 'up'
    const recovered = !this.#missed
    this.#missed = false
    this.#sink.up(recovered)
  }

  #down(error: Error): void {
    if (this.#closed || this.#told === 'down') return
    this.#told = 'down'
    this.#sink.down(error)
  }
}

async function answered(what: string, answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (thrown) {
    throw brokerFailure(`Redis refused ${what}, or ended`, thrown)
  }
}

function closed(): Promise<never> {
  return Promise.reject(new LinkspanError('LINKSPAN_CLOSED', 'The broker was closed: open it again.'))
}
