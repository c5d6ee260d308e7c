import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'
import { until } from '../../testing/src/until.js'

/** Milliseconds that anything may take: joining a group takes 3 s, noticing that nothing is read 10 s. */
const PATIENCE = 30_000

/** A node that writes down what it is told. */
export class Recording implements BrokerSink {
  readonly link: BrokerLink
  readonly told: string[] = []
  readonly heard: string[] = []
  readonly errors: Error[] = []

  constructor(broker: Broker) {
    this.link = broker.open(this)
  }

  message(_channel: string, payload: Uint8Array): void {
    this.heard.push(Buffer.from(payload).toString())
  }

  up(recovered: boolean): void {
    this.told.push(recovered ? 'up, recovered' : 'up')
  }

  down(error: Error): void {
    this.told.push('down')
    this.errors.push(error)
  }

  gap(): void {
    this.told.push('gap')
  }

  /** Waits until it was told all this, and nothing else. */
  async was(...told: readonly string[]): Promise<void> {
    await until(
      () => this.told.join() === told.join(),
      `it was told ${told.join()}, not ${this.told}`,
      PATIENCE,
    ).catch(() => {
      throw new Error(`it was told ${this.told.join(', ')}, not ${told.join(', ')}`)
    })
  }

  hears(text: string): Promise<void> {
    return until(() => this.heard.includes(text), `'${text}' is heard`, PATIENCE)
  }

  publish(channel: string, text: string): Promise<void> {
    return this.link.publish(channel, Buffer.from(text))
  }
}
