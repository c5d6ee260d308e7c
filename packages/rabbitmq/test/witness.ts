import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'
import { until } from '../../testing/src/until.js'

/** How long RabbitMQ may take to come back, in milliseconds. */
const PATIENCE = 60_000

/** A node that writes down what it is told. */
export class Witness implements BrokerSink {
  readonly link: BrokerLink
  readonly told: string[] = []
  readonly errors: Error[] = []
  readonly heard: { readonly channel: string; readonly payload: Uint8Array }[] = []

  constructor(broker: Broker) {
    this.link = broker.open(this)
  }

  message(channel: string, payload: Uint8Array): void {
    this.heard.push({ channel, payload })
  }

  up(recovered: boolean): void {
    this.told.push(recovered ? 'recovered' : 'up')
  }

  down(error: Error): void {
    this.told.push('down')
    this.errors.push(error)
  }

  gap(channel?: string): void {
    this.told.push(channel === undefined ? 'gap' : `gap of ${channel}`)
  }

  /** Waits until all of this was told, in this order, and nothing else. */
  async tells(...told: readonly string[]): Promise<void> {
    const expected = told.join()
    await until(() => this.told.join() === expected, `told ${expected} and not ${this.told.join()}`, PATIENCE)
  }

  /** Waits until it has heard a text on a channel. */
  async hears(channel: string, text: string): Promise<void> {
    const holds = (): boolean =>
      this.heard.some((one) => one.channel === channel && Buffer.from(one.payload).toString() === text)
    await until(holds, `heard '${text}'`, PATIENCE)
  }

  /** Publishes a text. */
  say(channel: string, text: string): Promise<void> {
    return this.link.publish(channel, Buffer.from(text))
  }
}
