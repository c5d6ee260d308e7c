import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'

/** One node: its link, and all that its sink was told, in order. */
export class Node implements BrokerSink {
  readonly link: BrokerLink
  readonly told: string[] = []
  readonly errors: Error[] = []
  readonly heard: string[] = []
  bytes = 0

  constructor(broker: Broker) {
    this.link = broker.open(this)
  }

  message(_channel: string, payload: Uint8Array): void {
    this.bytes += payload.byteLength
    if (payload.byteLength < 100) this.heard.push(Buffer.from(payload).toString())
  }

  up(recovered: boolean): void {
    this.told.push(recovered ? 'recovered' : 'up')
  }

  down(error: Error): void {
    this.told.push('down')
    this.errors.push(error)
  }

  gap(channel?: string): void {
    this.told.push(channel === undefined ? 'gap' : `gap ${channel}`)
  }

  get last(): string | undefined {
    return this.told.at(-1)
  }

  publish(channel: string, text: string): Promise<void> {
    return this.link.publish(channel, Buffer.from(text))
  }
}
