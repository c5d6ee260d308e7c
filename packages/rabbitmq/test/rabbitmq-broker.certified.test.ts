import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { describeBroker } from '@linkspan/testing'
import { connect } from 'amqplib'
import { describe, it } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { ownRabbitmq } from './rabbitmq-server.js'

describe('a broker over RabbitMQ', () => {
  const rabbitmq = ownRabbitmq()

  describeBroker({
    name: 'certified',
    factory: async () => {
      const proxy = await FaultProxy.to(rabbitmq().port)
      const url = rabbitmq().url(proxy.port)
      return {
        broker: () =>
          rabbitmqBroker(() => connect(url, { noDelay: true, timeout: 20_000 }), { reconnect: { max: 500 } }),
        cut: async () => proxy.refuse(),
        mend: async () => proxy.pass(),
        stall: () => rabbitmq().pause(),
        unstall: async () => rabbitmq().resume(),
        listeners: () => proxy.connections,
        close: () => proxy.close(),
      }
    },
    // The broker makes its connections itself, and there is nothing that could be lent to it.
    supports: { lend: false },
    patience: 30_000,
    describe,
    it,
  })
})
