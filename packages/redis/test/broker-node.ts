import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'
import { vi } from 'vitest'

/** A node that writes down what it is told. */
export class Node implements BrokerSink {
  readonly link: BrokerLink
  /** 'up', 'recovered', 'down' and 'gap', in order. */
  readonly told: string[] = []
  readonly errors: Error[] = []
  readonly heard: string[] = []

  constructor(broker: Broker) {
    this.link = broker.open(this)
  }

  message(_channel: string, payload: Uint8Array): void {
    this.heard.push(Buffer.from(payload).toString())
  }

  up(recovered: boolean): void {
    this.told.push(recovered ? 'recovered' : 'up')
  }

  down(error: Error): void {
    this.told.push('down')
    this.errors.push(error)
  }

  gap(channel?: string): void {
    this.told.push(`gap ${channel}`)
  }

  /** Waits until this is all it was told. */
  async has(...told: readonly string[]): Promise<void> {
    await vi
      .waitUntil(() => this.told.join() === told.join(), { timeout: 20_000, interval: 1 })
      .catch(() => {
        throw new Error(`told ${this.told.join()}, not ${told.join()}`)
      })
  }

  async hears(text: string): Promise<void> {
    await vi.waitUntil(() => this.heard.includes(text), { timeout: 20_000, interval: 1 })
  }
}
