import type { Broker } from '@linkspan/core'
import type { Kafka } from 'kafkajs'
import { KafkaLink } from './link.js'
import { type KafkaBrokerOptions, settingsOf } from './options.js'

/**
 * Nodes that hear each other through one topic in Kafka. The channel is the record's key, so that each keeps its order;
 * every node reads all partitions, from where they ended when it joined, and goes on after an outage where it was.
 *
 * `kafka` is a client of kafkajs, 2.2 or later. It holds no connection itself: the broker makes a consumer, a producer and
 * an admin client of it for each application, and ends them when the application is drained.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * linkspan({ broker: kafkaBroker(new Kafka({ clientId: 'chat', brokers: ['localhost:9092'] })) })
 */
export function kafkaBroker(kafka: Kafka, options: KafkaBrokerOptions = {}): Broker {
  const settings = settingsOf(options)
  return { open: (sink) => new KafkaLink(kafka, settings, sink) }
}
