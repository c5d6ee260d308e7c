import { randomBytes } from 'node:crypto'
import { type BrokerLink, type BrokerSink, backoff, Pauses, within } from '@linkspan/core'
import type { Batch, Kafka } from 'kafkajs'
import { kafkaError, told } from './errors.js'
import type { Settings } from './options.js'
import { type Finding, Positions, type View } from './positions.js'
import { Reader, type ReaderOwner } from './reader.js'
import { Subscriptions } from './subscriptions.js'
import { Survey } from './survey.js'
import { NODE, Writer } from './writer.js'

/** Milliseconds of the first and the longest pause between attempts to connect. */
const PAUSES = { first: 100, longest: 5_000 }
/** Milliseconds for joining a group: Kafka waits 3 s for more members of a new one, by default. */
const JOINING = 30_000
/** Milliseconds for leaving it. */
const LEAVING = 3_000
/** Milliseconds that there may be something to read, and it is not read. */
const PATIENCE = 10_000

/**
 * One node's way to Kafka: a survey that tells whether Kafka answers and where the log stands, a writer and a reader, all
 * of which are made anew after an outage: clients that have lived through one cannot be told from those that only seem to.
 * Where to read is kept here, so that nothing in the log is missed meanwhile.
 */
export class KafkaLink implements BrokerLink, ReaderOwner {
  readonly maxPayload: number
  readonly #kafka: Kafka
  readonly #settings: Settings
  readonly #sink: BrokerSink
  readonly #node = randomBytes(6).toString('base64url')
  readonly #positions = new Positions()
  readonly #subscriptions = new Subscriptions()
  /** Outages in a row. */
  #failures = 0
  #reader: Reader | undefined
  #survey: Survey | undefined
  #writer: Writer | undefined
  #cluster: string | undefined
  #isUp: boolean | undefined
  #missed = true
  #crash: Error | undefined
  readonly #leaving = new AbortController()
  #closing: Promise<void> | undefined
  readonly #pauses: Pauses

  constructor(kafka: Kafka, settings: Settings, sink: BrokerSink) {
    this.maxPayload = settings.maxPayload
    this.#kafka = kafka
    this.#settings = settings
    this.#sink = sink
    this.#pauses = new Pauses(settings.clock)
    void this.#live()
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    if (this.#isUp !== true || this.#writer === undefined) throw this.#away()
    if (payload.byteLength > this.maxPayload)
      throw kafkaError(`A payload of ${payload.byteLength} bytes is larger than maxPayload.`)
    await this.#writer.write(channel, payload)
  }

  async subscribe(channel: string): Promise<void> {
    if (this.#isUp !== true || this.#survey === undefined) throw this.#away()
    const begin = this.#subscriptions.ask(channel)
    try {
      begin(await this.#survey.look())
    } catch (thrown) {
      this.#pauses.wake()
      throw told(thrown)
    }
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#subscriptions.leave(channel)
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave()
    return this.#closing
  }

  position(partition: number): bigint {
    return this.#positions.at(partition) ?? 0n
  }

  arrived(batch: Batch): void {
    const { partition, messages } = batch
    const last = batch.lastOffset()
    const first = BigInt(batch.firstOffset() ?? last)
    if (!this.#positions.advance(partition, first, BigInt(last) + 1n)) this.#sink.gap()
    for (const { key, value, offset, headers } of messages) {
      if (this.#left) return
      if (key === null || value === null) continue
      const channel = key.toString('latin1')
      if (!this.#subscriptions.hears(channel, partition, () => BigInt(offset))) continue
      if (headers?.[NODE]?.toString() === this.#node) continue
      // Of its own: else the smallest payload that somebody keeps would keep all that was fetched with it.
      this.#sink.message(channel, Uint8Array.from(value))
    }
  }

  crashed(error: Error): void {
    this.#crash = error
    this.#pauses.wake()
  }

  async #live(): Promise<void> {
    // `open` has returned before anything is told.
    await Promise.resolve()
    while (!this.#left) {
      try {
        const recovered = await this.#connect()
        this.#rise(recovered)
        await this.#watch()
      } catch (thrown) {
        this.#fall(told(thrown))
      }
      await this.#pause(backoff(PAUSES, this.#failures, Math.random()))
      this.#failures += 1
    }
  }

  /** Answers whether nothing was missed since the last time. */
  async #connect(): Promise<boolean> {
    const before = this.#positions.snapshot()
    const survey = new Survey(this.#kafka, this.#settings)
    const writer = new Writer(this.#kafka, this.#settings, this.#node)
    const reader = new Reader(this.#kafka, this.#settings, this)
    this.#survey = survey
    this.#writer = writer
    this.#reader = reader
    await this.#inTime(Promise.all([survey.connect(), writer.connect(), reader.connect()]))
    const [cluster, view] = await this.#inTime(Promise.all([survey.cluster(), survey.look()]))
    this.#find(view, before, cluster)
    this.#positions.add(view)
    await this.#inTime(reader.run(), JOINING)
    return !this.#missed
  }

  /** Whether something was missed. Positions are then where something is to be had. */
  #find(view: View, before: View, cluster = this.#cluster): Finding {
    let finding = this.#positions.compare(view, before)
    if (finding !== 'new' && cluster !== this.#cluster) finding = 'replaced'
    this.#cluster = cluster
    if (finding === 'overtaken') {
      for (const [partition, offset] of this.#positions.skip(view)) this.#reader?.seek(partition, offset)
    }
    if (finding === 'replaced') {
      this.#positions.clear()
      this.#subscriptions.rebase()
    }
    // Until it has been told: the attempt to connect that has found it may fail.
    if (finding !== 'whole') this.#missed = true
    return finding
  }

  /** Looks again and again, until something is wrong, or the node leaves. */
  async #watch(): Promise<void> {
    const { clock, interval } = this.#settings
    let moved = clock.monotonic()
    let last: { readonly before: View; readonly view: View } = { before: new Map(), view: new Map() }
    for (;;) {
      await this.#pause(interval)
      if (this.#left || this.#survey === undefined) return
      if (this.#crash !== undefined) throw this.#crash
      const before = this.#positions.snapshot()
      const view = await this.#look(this.#survey)
      if (this.#left) return
      const finding = this.#find(view, before)
      if (finding === 'replaced') {
        void this.#reader?.end()
        throw kafkaError('The topic was made anew.')
      }
      if (this.#missed) this.#sink.gap()
      this.#missed = false
      if (!this.#positions.stands(last.before, last.view)) moved = clock.monotonic()
      last = { before, view }
      if (clock.monotonic() - moved >= PATIENCE)
        throw kafkaError('What is in the topic was not read any more.')
    }
  }

  /** Over a new connection where the old one fails: a partition may have moved to another Kafka broker. */
  async #look(survey: Survey): Promise<View> {
    try {
      return await survey.look()
    } catch {
      void survey.end()
    }
    const another = new Survey(this.#kafka, this.#settings)
    this.#survey = another
    await this.#inTime(another.connect())
    return another.look()
  }

  #rise(recovered: boolean): void {
    if (this.#left) return
    this.#failures = 0
    this.#missed = false
    this.#isUp = true
    this.#sink.up(recovered)
  }

  #fall(error: Error): void {
    this.#crash = undefined
    void this.#survey?.end()
    void this.#writer?.end(error)
    void this.#reader?.end()
    if (this.#left || this.#isUp === false) return
    this.#isUp = false
    this.#sink.down(error)
  }

  async #leave(): Promise<void> {
    this.#isUp = false
    this.#pauses.wake()
    this.#leaving.abort(kafkaError('This node has left the broker.'))
    const ended = Promise.all([this.#reader?.end(), this.#writer?.end(this.#away()), this.#survey?.end()])
    await within(this.#settings.clock, LEAVING, ended, () => kafkaError('late')).catch(() => {})
  }

  #away(): Error {
    return kafkaError(this.#left ? 'This node has left the broker.' : 'Kafka cannot be reached.')
  }

  get #left(): boolean {
    return this.#leaving.signal.aborted
  }

  #inTime<Value>(promise: Promise<Value>, time: number = this.#settings.timeout): Promise<Value> {
    const late = (): Error => kafkaError(`Kafka did not answer within ${time} ms.`)
    return within(this.#settings.clock, time, promise, late, this.#leaving.signal)
  }

  async #pause(time: number): Promise<void> {
    if (!this.#left && this.#crash === undefined) await this.#pauses.wait(time)
  }
}
