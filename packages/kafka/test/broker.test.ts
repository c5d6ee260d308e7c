import { LinkspanError } from '@linkspan/core'
import { type KafkaBrokerOptions, kafkaBroker } from '@linkspan/kafka'
import { Kafka } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { partitionOf } from '../src/partition.js'
import { MockCluster, missing, Network } from './mock-cluster.js'
import { quick } from './quick.js'
import { Recording } from './recording.js'

const CHANNEL = 'linkspan.topic.~.lobby'
const MINUTE = 60_000
const PARTITIONS = 4

const real = it.skipIf(missing !== undefined).concurrent

/** A cluster, two ways to it, and nodes, which are all ended afterwards. */
async function scene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = new Scene(await MockCluster.start())
  try {
    await body(scene)
  } finally {
    await scene.end()
  }
}

class Scene {
  readonly near: Network = new Network()
  readonly far: Network = new Network()
  readonly #nodes: Recording[] = []
  cluster: MockCluster

  constructor(cluster: MockCluster) {
    this.cluster = cluster
  }

  get brokers(): readonly string[] {
    return this.cluster.brokers
  }

  join(network: Network = this.near, options = quick): Promise<Recording> {
    return this.open(network.client(this), options)
  }

  async open(kafka: Kafka, options: KafkaBrokerOptions): Promise<Recording> {
    const node = new Recording(kafkaBroker(kafka, options))
    this.#nodes.push(node)
    await node.was('up')
    return node
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.map(({ link }) => link.close()))
    await this.cluster.stop()
  }
}

/** A client whose consumers have a way of their own. */
function readingBy(network: Network, scene: Scene): Kafka {
  const kafka = scene.near.client(scene)
  const reading = network.client(scene)
  kafka.consumer = (config) => reading.consumer(config)
  return kafka
}

describe('kafkaBroker', () => {
  it('refuses options that make no sense', () => {
    const kafka = new Kafka({ brokers: ['localhost:9'] })
    for (const options of [
      { topic: '' },
      { topic: 'a b' },
      { topic: '..' },
      { topic: 'a'.repeat(250) },
      { group: 'a/b' },
      { maxPayload: 65_535 },
      { maxFetchBytes: 0 },
      { fetchWait: 5_001 },
      { interval: 0 },
      { timeout: 99 },
    ]) {
      expect(() => kafkaBroker(kafka, options), JSON.stringify(options)).toThrow(LinkspanError)
    }
  })

  real(
    'goes on where it was after a Kafka that hung',
    () =>
      scene(async (scene) => {
        const options = { ...quick, timeout: 300 }
        const [from, to] = await Promise.all([scene.join(scene.far), scene.join(scene.near, options)])
        await to.link.subscribe(CHANNEL)
        scene.cluster.pause()
        // Sent while it hangs, and taken when it goes on.
        const taken = from.publish(CHANNEL, 'meanwhile')
        await to.was('up', 'down')
        scene.cluster.resume()
        await taken
        await to.was('up', 'down', 'up, recovered')
        await to.hears('meanwhile')
        await from.publish(CHANNEL, 'afterwards')
        await to.hears('afterwards')
        expect(to.heard).toEqual(['meanwhile', 'afterwards'])
      }),
    MINUTE,
  )

  real(
    'tells that something may be missed after a Kafka that lost its log, and hears what is new',
    () =>
      scene(async (scene) => {
        const [from, to] = await Promise.all([scene.join(), scene.join()])
        await to.link.subscribe(CHANNEL)
        for (let time = 0; time < 5; time += 1) await from.publish(CHANNEL, 'before')
        await scene.cluster.stop()
        await to.was('up', 'down')
        await from.was('up', 'down')
        await expect(from.publish(CHANNEL, 'meanwhile')).rejects.toThrow('Kafka cannot be reached.')
        scene.cluster = await MockCluster.start()
        await to.was('up', 'down', 'up')
        await from.was('up', 'down', 'up')
        await from.publish(CHANNEL, 'afterwards')
        await to.hears('afterwards')
      }),
    MINUTE,
  )

  real(
    'tells that something was missed where retention was faster than the outage',
    () =>
      scene(async (scene) => {
        const [from, to] = await Promise.all([scene.join(scene.far), scene.join()])
        await to.link.subscribe(CHANNEL)
        await from.publish(CHANNEL, 'before')
        await to.hears('before')
        scene.near.cut()
        await to.was('up', 'down')
        await from.publish(CHANNEL, 'lost')
        // The mock keeps 5 MiB of a partition.
        for (let time = 0; time < 12; time += 1) await from.publish(CHANNEL, 'x'.repeat(500_000))
        scene.near.mend()
        await to.was('up', 'down', 'up')
        await from.publish(CHANNEL, 'afterwards')
        await to.hears('afterwards')
        expect(to.heard).toEqual(['before', 'afterwards'])
      }),
    MINUTE,
  )

  real(
    'tells a gap where retention is faster than its reading, and goes on at the end',
    () =>
      scene(async (scene) => {
        const reading = new Network()
        const from = await scene.join(scene.far)
        const to = await scene.open(readingBy(reading, scene), { ...quick, interval: 2_000 })
        await to.link.subscribe(CHANNEL)
        reading.hold()
        for (let time = 0; time < 12; time += 1) await from.publish(CHANNEL, 'x'.repeat(500_000))
        await to.was('up', 'gap')
        reading.release()
        await from.publish(CHANNEL, 'afterwards')
        await to.hears('afterwards')
        expect(to.told).toEqual(['up', 'gap'])
      }),
    MINUTE,
  )

  real(
    'begins to read anew where nothing is read any more, and misses nothing',
    () =>
      scene(async (scene) => {
        const reading = new Network()
        const from = await scene.join(scene.far)
        const to = await scene.open(readingBy(reading, scene), quick)
        await to.link.subscribe(CHANNEL)
        reading.hold()
        await from.publish(CHANNEL, 'unread')
        await to.was('up', 'down')
        expect(to.errors[0]?.message).toBe('What is in the topic was not read any more.')
        reading.release()
        await to.was('up', 'down', 'up, recovered')
        await to.hears('unread')
      }),
    MINUTE,
  )

  real(
    'hears others, not itself, and ignores records that are no payloads',
    () =>
      scene(async (scene) => {
        const [one, another] = await Promise.all([scene.join(), scene.join()])
        await one.link.subscribe(CHANNEL)
        await another.link.subscribe(CHANNEL)
        const producer = scene.far.client(scene).producer({ createPartitioner: () => () => 0 })
        await producer.connect()
        await producer.send({
          topic: 'linkspan',
          messages: [{ value: 'no key' }, { key: CHANNEL, value: null }],
        })
        await producer.disconnect()
        await one.publish(CHANNEL, 'of the one')
        await another.hears('of the one')
        await another.publish(CHANNEL, 'of the other')
        await one.hears('of the other')
        expect(one.heard).toEqual(['of the other'])
        expect(another.heard).toEqual(['of the one'])
        expect(one.told).toEqual(['up'])
      }),
    MINUTE,
  )

  real(
    'writes many payloads at once with few requests, and none larger than a partition takes',
    () =>
      scene(async (scene) => {
        const node = await scene.join(scene.near, { ...quick, maxPayload: 65_536 })
        const texts = Array.from({ length: 300 }, (_, index) => `${index}:`.padEnd(1_000, '.'))
        const listener = await scene.join(scene.far)
        await listener.link.subscribe(CHANNEL)
        await Promise.all(texts.map((text) => node.publish(CHANNEL, text)))
        await listener.hears(texts[299] ?? '')
        expect(listener.heard).toEqual(texts)
        await expect(node.publish(CHANNEL, 'x'.repeat(65_537))).rejects.toThrow('larger than maxPayload')
      }),
    MINUTE,
  )

  real(
    'refuses what it cannot hold while a request is on its way',
    () =>
      scene(async (scene) => {
        const node = await scene.join()
        scene.cluster.pause()
        const text = 'x'.repeat(900_000)
        const outcomes = Array.from({ length: 19 }, () =>
          node.publish(CHANNEL, text).catch((error) => error.message),
        )
        expect(await outcomes[18]).toMatch(/wait for Kafka already/)
        scene.cluster.resume()
        expect(await outcomes[0]).toBeUndefined()
        await Promise.all(outcomes)
      }),
    MINUTE,
  )

  real(
    'says of a Kafka that is not there what kind of failure it is, and no address',
    async () => {
      const network = new Network()
      const node = new Recording(kafkaBroker(network.client({ brokers: ['secret.invalid:9'] }), quick))
      await node.was('down')
      await node.link.close()
      expect(node.errors[0]).toBeInstanceOf(LinkspanError)
      expect(node.errors[0]?.message).toMatch(/^Kafka failed: [A-Za-z_]+\.$/)
      expect(node.errors[0]?.cause).toBeUndefined()
    },
    MINUTE,
  )

  it('spreads channels over partitions, each always to the same', () => {
    const counts = new Array<number>(PARTITIONS).fill(0)
    for (let number = 0; number < 1_000; number += 1) {
      const partition = partitionOf(`linkspan.topic.~.${number}`, PARTITIONS)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    for (const count of counts) expect(count).toBeGreaterThan(150)
    // Nodes of different versions have to agree.
    expect(partitionOf(CHANNEL, 12)).toBe(10)
  })
})
