import type { Broker, BrokerLink, BrokerSink } from '@linkspan/core'

/** A broker that counts what the engine is asked for, and wakes whoever waits for an answer of it. */
export class Counting implements Broker {
  readonly #broker: Broker
  readonly #waiting: (() => void)[] = []
  publishes = 0

  constructor(broker: Broker) {
    this.#broker = broker
  }

  open(sink: BrokerSink): BrokerLink {
    const link = this.#broker.open(sink)
    return {
      maxPayload: link.maxPayload,
      publish: (channel, payload) => this.#counted(link.publish(channel, payload)),
      subscribe: (channel) => link.subscribe(channel),
      unsubscribe: (channel) => link.unsubscribe(channel),
      close: () => link.close(),
    }
  }

  /** Resolves when the next publish is answered, or at `wake`. */
  async answered(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #counted(publishing: Promise<void>): Promise<void> {
    this.publishes += 1
    try {
      await publishing
    } finally {
      this.wake()
    }
  }
}
