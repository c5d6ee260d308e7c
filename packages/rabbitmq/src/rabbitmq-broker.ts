import type { Broker } from '@linkspan/core'
import type { ChannelModel } from 'amqplib'
import { RabbitmqLink } from './link.js'
import { type RabbitmqBrokerOptions, settingsOf } from './options.js'

/**
 * Lets nodes talk through RabbitMQ, by amqplib.
 *
 * Each node has a queue of its own, which goes when it goes, and two connections, which `connect` makes and the broker
 * closes; lost ones are made anew, for as long as it takes. What was published meanwhile is missed, and a gap is reported.
 * Give `connect` a heartbeat of some seconds: it is what notices a peer that is gone without a word.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const url = 'amqp://localhost?heartbeat=5'
 * const broker = rabbitmqBroker(() => connect(url, { noDelay: true, timeout: 5_000 }))
 * linkspan({ broker })
 */
export function rabbitmqBroker(
  connect: () => Promise<ChannelModel>,
  options: RabbitmqBrokerOptions = {},
): Broker {
  const settings = settingsOf(options)
  return { open: (sink) => new RabbitmqLink(connect, settings, sink) }
}
