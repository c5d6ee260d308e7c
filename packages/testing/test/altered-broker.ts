import {
  type Broker,
  type BrokerLink,
  type BrokerSink,
  type MemoryBroker,
  memoryBroker,
} from '@linkspan/core'
import { type BrokerHost, type BrokerSupports, describeBroker, FaultyBroker } from '../src/index.js'

/** What a wrong broker does differently; `inner` is what it would have done. */
export interface Alterations {
  link?(inner: BrokerLink, sink: BrokerSink): Partial<BrokerLink>
  sink?(inner: BrokerSink): Partial<BrokerSink>
}

/** A broker as the inner one, but for what is altered at each node. */
export function altered(broker: Broker, alter: () => Alterations): Broker {
  return {
    open(sink) {
      const { link = () => ({}), sink: alterSink = () => ({}) } = alter()
      const outer: BrokerSink = {
        message: (channel, payload) => sink.message(channel, payload),
        up: (recovered) => sink.up(recovered),
        down: (error) => sink.down(error),
        gap: (channel) => sink.gap(channel),
        ...alterSink(sink),
      }
      const inner = broker.open(outer)
      return {
        maxPayload: inner.maxPayload,
        publish: (channel, payload) => inner.publish(channel, payload),
        subscribe: (channel) => inner.subscribe(channel),
        unsubscribe: (channel) => inner.unsubscribe(channel),
        close: () => inner.close(),
        ...link(inner, sink),
      }
    },
  }
}

/** A host of a memory broker, on which something is put. */
export function memoryBrokerHost(
  over: (broker: Broker) => Broker = (broker) => broker,
  more: (hub: MemoryBroker) => Partial<BrokerHost> = () => ({}),
): BrokerHost {
  const hub = memoryBroker()
  const stalling = new FaultyBroker(hub)
  const broker = over(stalling)
  return {
    broker: () => broker,
    cut: async () => hub.cut(),
    mend: async () => hub.mend(),
    stall: async () => stalling.stall(),
    unstall: async () => stalling.unstall(),
    lend: async () => ({ broker, works: async () => {} }),
    listeners: () => hub.nodes.size,
    close: async () => {},
    ...more(hub),
  }
}

/** Every behaviour by its name, to be run on its own. */
export function broken(
  host: () => BrokerHost,
  supports: Partial<BrokerSupports> = {},
): ReadonlyMap<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>()
  describeBroker({
    factory: async () => host(),
    supports,
    // In memory nothing takes as long; what does, never comes.
    patience: 250,
    describe: (_name, body) => body(),
    it: (name, body) => tests.set(name, body),
  })
  return tests
}
