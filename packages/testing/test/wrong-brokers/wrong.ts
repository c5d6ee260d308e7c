import type { BrokerHost } from '../../src/index.js'
import { type Alterations, altered, memoryBrokerHost } from '../altered-broker.js'

/** A mistake, and the behaviour that shows it. */
export interface Wrong {
  readonly mistake: string
  readonly shownBy: string
  host(): BrokerHost
}

export function wrong(mistake: string, shownBy: string, alter: () => Alterations): Wrong {
  return {
    mistake,
    shownBy,
    host: () => memoryBrokerHost((broker) => altered(broker, alter)),
  }
}

/** As {@link wrong}, with something that all nodes share. */
export function shared<Shared>(
  mistake: string,
  shownBy: string,
  make: () => Shared,
  alter: (shared: Shared) => Alterations,
): Wrong {
  return {
    mistake,
    shownBy,
    host() {
      const common = make()
      return memoryBrokerHost((broker) => altered(broker, () => alter(common)))
    },
  }
}

/** What it comes to is of no interest. */
export const later = (action: () => unknown): void => {
  setImmediate(() => {
    action()
  })
}

/** Names of channels are changed on the way out; which channel it was is found again among those subscribed to. */
export function renamed(change: (channel: string) => string): () => Alterations {
  return () => {
    const asked = new Map<string, string>()
    return {
      link: (inner) => ({
        publish: (channel, payload) => inner.publish(change(channel), payload),
        subscribe(channel) {
          asked.set(change(channel), channel)
          return inner.subscribe(change(channel))
        },
      }),
      sink: (inner) => ({
        message: (channel, payload) => inner.message(asked.get(channel) ?? channel, payload),
      }),
    }
  }
}
