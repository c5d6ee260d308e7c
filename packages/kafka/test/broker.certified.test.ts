import { kafkaBroker } from '@linkspan/kafka'
import { describeBroker } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { MockCluster, missing, Network } from './mock-cluster.js'
import { quick } from './quick.js'

describe('a broker on Kafka', () => {
  const { skipped } = describeBroker({
    name: "librdkafka's mock cluster",
    factory: async () => {
      const cluster = await MockCluster.start()
      const [near, far] = [new Network(), new Network()]
      return {
        broker: () => kafkaBroker(near.client(cluster), quick),
        elsewhere: () => kafkaBroker(far.client(cluster), quick),
        cut: async () => near.cut(),
        mend: async () => near.mend(),
        stall: async () => cluster.pause(),
        unstall: async () => cluster.resume(),
        lend: async () => {
          const kafka = near.client(cluster)
          const works = async (): Promise<void> => {
            const admin = kafka.admin()
            await admin.connect()
            await admin.listTopics()
            await admin.disconnect()
          }
          return { broker: kafkaBroker(kafka, quick), works }
        },
        listeners: () => near.connections,
        close: () => cluster.stop(),
      }
    },
    supports: { replays: true },
    describe,
    // Each has a cluster of its own, and waits most of the time: joining a group takes 3 s.
    it: (name, body, timeout) => it.skipIf(missing !== undefined).concurrent(name, body, timeout),
  })

  it('leaves nothing of the suite out', () => {
    expect(skipped).toEqual([])
  })
})
