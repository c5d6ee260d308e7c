import type { Broker } from '@linkspan/core'
import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { connect } from 'amqplib'
import { expectTypeOf, it } from 'vitest'

it('takes what amqplib connects, and makes a broker', () => {
  expectTypeOf(rabbitmqBroker(() => connect('amqp://localhost'))).toEqualTypeOf<Broker>()
  // @ts-expect-error: amqplib's own recovery answers something else
  rabbitmqBroker(() => connect('amqp://localhost', { recovery: true }))
  // @ts-expect-error: it connects more than once
  rabbitmqBroker(connect('amqp://localhost'))
})
