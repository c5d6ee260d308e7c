// The same programs that packages/tenancy runs in memory, over every real engine.

import type { Broker } from '@linkspan/core'
import { kafkaBroker } from '@linkspan/kafka'
import { natsBroker } from '@linkspan/nats'
import { rabbitmqBroker } from '@linkspan/rabbitmq'
import { redisBroker } from '@linkspan/redis'
import { connect as connectNats } from '@nats-io/transport-node'
import { connect as connectAmqp } from 'amqplib'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { MockCluster, Network, missing as noKafka } from '../packages/kafka/test/mock-cluster.js'
import { quick } from '../packages/kafka/test/quick.js'
import { ownNats } from '../packages/nats/test/nats-server.js'
import { ownRabbitmq } from '../packages/rabbitmq/test/rabbitmq-server.js'
import { ownRedis } from '../packages/redis/test/redis-server.js'
import { runTwoTenants, twoTenants } from './support/two-tenants.js'

const TIME = 120_000

/** Every program has a namespace of its own: what one leaves behind reaches no other. */
async function keepsApart(broker: () => Broker, numRuns: number): Promise<void> {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(twoTenants(30), async (program) => {
      runs += 1
      await runTwoTenants(program, broker, `two tenants ${runs}`)
    }),
    // A program is short enough to be read as it is, and every further run takes its time.
    { numRuns, endOnFailure: true },
  )
}

describe('over Redis, two tenants', () => {
  const server = ownRedis()
  let client: Redis
  beforeAll(() => {
    client = new Redis(server().port, '127.0.0.1')
  })
  afterAll(() => client.disconnect())

  it.each([false, true])(
    'are kept apart; sharded: %s',
    async (sharded) => {
      await keepsApart(() => redisBroker(client, { sharded }), 50)
    },
    TIME,
  )
})

describe('over NATS, two tenants', () => {
  const server = ownNats()

  it(
    'are kept apart',
    async () => {
      await keepsApart(() => natsBroker(() => connectNats({ port: server().port })), 50)
    },
    TIME,
  )
})

describe('over RabbitMQ, two tenants', () => {
  const server = ownRabbitmq()

  it(
    'are kept apart',
    async () => {
      await keepsApart(() => rabbitmqBroker(() => connectAmqp(server().url(server().port))), 15)
    },
    TIME,
  )
})

describe('over the protocol of Kafka, two tenants', () => {
  let cluster: MockCluster | undefined
  const network = new Network()
  beforeAll(async () => {
    if (noKafka === undefined) cluster = await MockCluster.start()
  })
  beforeEach((context) => {
    if (noKafka !== undefined) context.skip(noKafka)
  })
  afterAll(() => cluster?.stop())

  it(
    'are kept apart',
    async () => {
      // Joining a group takes 3 s, for each node.
      await keepsApart(() => kafkaBroker(network.client(cluster as MockCluster), quick), 4)
    },
    TIME,
  )
})
