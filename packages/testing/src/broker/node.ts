import { strict as assert } from 'node:assert'
import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'
import { until, within } from '../until.js'

/** A payload, and on which channel it arrived. */
interface Heard {
  readonly channel: string
  readonly payload: Uint8Array
}

/** A node of a broker, which writes down what its sink is told, and what must not be told. */
export class BrokerNode implements BrokerSink {
  readonly link: BrokerLink
  readonly heard: Heard[] = []
  /** What the sink was told of the engine, in order. */
  readonly told: ('up' | 'down' | 'gap')[] = []
  /** What `up` said, each time. */
  readonly recovered: boolean[] = []
  /** What the port forbids, and happened all the same. */
  readonly faults: string[] = []
  /** What is done with each payload at the moment it arrives. */
  onMessage: (payload: Uint8Array) => void = () => {}
  readonly #asked: Set<string> = new Set()
  readonly #patience: number
  #phase: 'opening' | 'open' | 'closed' = 'opening'
  #isUp: boolean | undefined

  constructor(broker: Broker, patience: number) {
    this.#patience = patience
    this.link = broker.open(this)
    this.#phase = 'open'
  }

  get isUp(): boolean {
    return this.#isUp === true
  }

  message(channel: string, payload: Uint8Array): void {
    this.#allowed('message')
    if (!this.#asked.has(channel)) this.faults.push('a message on a channel that was never subscribed to')
    if (!(payload instanceof Uint8Array)) this.faults.push('a payload that is no Uint8Array')
    this.heard.push({ channel, payload })
    this.onMessage(payload)
  }

  up(recovered: boolean): void {
    this.#allowed('up')
    if (this.#isUp === true) this.faults.push('up was told twice, with no down between')
    this.#isUp = true
    this.told.push('up')
    this.recovered.push(recovered)
  }

  down(error: Error): void {
    this.#allowed('down')
    if (this.#isUp === false) this.faults.push('down was told twice, with no up between')
    if (!(error instanceof Error)) this.faults.push('down was told without an Error')
    this.#isUp = false
    this.told.push('down')
  }

  gap(): void {
    this.#allowed('gap')
    this.told.push('gap')
  }

  #allowed(call: string): void {
    if (this.#phase === 'opening') this.faults.push(`${call} was called before open had returned`)
    if (this.#phase === 'closed') this.faults.push(`${call} was called after close had been`)
  }

  /** How often the sink was told so. */
  count(what: 'up' | 'down' | 'gap'): number {
    return this.told.filter((told) => told === what).length
  }

  /** The texts that arrived on the channel, in order, each once: one that arrives twice does no harm. */
  texts(channel: string): readonly string[] {
    const payloads = this.heard.filter((heard) => heard.channel === channel)
    return [...new Set(payloads.map(({ payload }) => Buffer.from(payload).toString()))]
  }

  /** All that arrived on the channel. */
  payloads(channel: string): readonly Uint8Array[] {
    return this.heard.filter((heard) => heard.channel === channel).map(({ payload }) => payload)
  }

  /** Asks, and does not wait. */
  ask(channel: string): Promise<void> {
    this.#asked.add(channel)
    return this.link.subscribe(channel)
  }

  /** Asks for each, all at once, and waits until all are in force. */
  async subscribe(...channels: readonly string[]): Promise<void> {
    const asked = Promise.all(channels.map((channel) => this.ask(channel)))
    await within(asked, 'a subscription is in force', this.#patience)
  }

  unsubscribe(...channels: readonly string[]): Promise<void> {
    const asked = Promise.all(channels.map((channel) => this.link.unsubscribe(channel)))
    return within(
      asked.then(() => {}),
      'a subscription was given up',
      this.#patience,
    )
  }

  publish(channel: string, payload: string | Uint8Array): Promise<void> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    return within(this.link.publish(channel, bytes), 'a payload was taken', this.#patience)
  }

  /** Waits until the text has arrived. */
  hears(channel: string, text: string): Promise<void> {
    return until(() => this.texts(channel).includes(text), `'${text}' has arrived`, this.#patience)
  }

  isBack(times: number): Promise<void> {
    return until(() => this.count('up') >= times && this.isUp, 'the broker is up', this.#patience)
  }

  isGone(times: number): Promise<void> {
    return until(() => this.count('down') >= times, 'the broker is down', this.#patience)
  }

  /** Subscribes again after an outage: as often as it takes, as the core does. */
  async insist(channel: string): Promise<void> {
    await this.#again(() => this.ask(channel), 'the subscription is in force again')
  }

  /** Publishes after an outage: as often as it takes. */
  async press(channel: string, text: string): Promise<void> {
    await this.#again(() => this.link.publish(channel, Buffer.from(text)), 'a payload was taken again')
  }

  /** Leaves; what its sink is told from now on is a fault. */
  async close(): Promise<void> {
    this.#phase = 'closed'
    await within(this.link.close(), 'close settles', this.#patience).catch((failure: unknown) => {
      // Rejecting is settling too.
      if (String(failure).includes('close settles')) throw failure
    })
  }

  /** Fails where something happened that the port forbids. */
  check(): void {
    assert.ok(this.faults.length === 0, [...new Set(this.faults)].join('; '))
  }

  async #again(call: () => Promise<void>, what: string): Promise<void> {
    const deadline = performance.now() + this.#patience
    for (;;) {
      try {
        return await within(call(), what, this.#patience / 8)
      } catch (failure) {
        if (performance.now() > deadline) throw failure
        // A binding may refuse at once: others get the processor.
        await new Promise(setImmediate)
      }
    }
  }
}
