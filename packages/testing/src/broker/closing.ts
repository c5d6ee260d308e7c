import { strict as assert } from 'node:assert'
import type { Broker } from '@linkspan/core'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { LentClient } from './host.js'
import type { BrokerStage } from './stage.js'

function lent(stage: BrokerStage): Promise<LentClient> {
  assert.ok(stage.host.lend, 'the host lends no client: declare supports.lend as false')
  return stage.host.lend()
}

function left(stage: BrokerStage): Promise<number> {
  assert.ok(stage.host.listeners, 'the host counts nothing: declare supports.listeners as false')
  return Promise.resolve(stage.host.listeners())
}

/** Opens a node that does everything once, and closes it. */
async function visit(stage: BrokerStage, broker?: Broker): Promise<void> {
  const node = await stage.join(broker)
  const channels = [channelOf(), channelOf()]
  await node.subscribe(...channels)
  await node.publish(channels[0] ?? '', 'hello')
  await node.unsubscribe(channels[1] ?? '')
  await node.close()
}

/** A node that left is gone, and nothing but that. */
export const closing: readonly BrokerBehaviour[] = [
  {
    name: 'close settles, also the second time and at the same time',
    async run(stage) {
      const node = await stage.join()
      await node.subscribe(channelOf())
      await Promise.all([node.close(), node.close()])
      await node.close()
    },
  },
  {
    name: 'close settles while the node is still connecting',
    async run(stage) {
      for (let time = 0; time < 5; time += 1) await stage.open().close()
      const node = stage.open()
      node.ask(channelOf()).catch(() => {})
      await node.close()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.quiet(from, to)
      // What a node is told after its close is a fault of it, which the end of each test looks for.
      node.check()
    },
  },
  {
    name: 'after close nothing arrives, and other nodes go on',
    async run(stage) {
      const channel = channelOf()
      const broker = stage.host.broker()
      const [from, leaves] = [await stage.join(), await stage.join(broker)]
      const [stays, apart] = [await stage.join(broker), await stage.join()]
      for (const node of [leaves, stays, apart]) await node.subscribe(channel)
      for (const number of numbers(20)) {
        await from.publish(channel, number)
        if (number === '9') leaves.close().catch(() => {})
      }
      await leaves.close()
      await from.publish(channel, 'the last')
      await stays.hears(channel, 'the last')
      await apart.hears(channel, 'the last')
      await stage.quiet(from, stays)
      leaves.check()
    },
  },
  {
    name: 'after close every call rejects',
    async run(stage) {
      const channel = channelOf()
      const [node, witness] = [await stage.join(), await stage.join()]
      await node.subscribe(channel)
      await witness.subscribe(channel)
      await node.close()
      const { link } = node
      const calls = {
        publish: () => link.publish(channel, Buffer.from('a ghost')),
        subscribe: () => link.subscribe(channel),
      }
      for (const [name, call] of Object.entries(calls)) {
        await stage.within(assert.rejects(call, `${name} after close`), `${name} after close answered`)
      }
      await stage.within(
        link.unsubscribe(channel).catch(() => {}),
        'unsubscribe after close answered',
      )
      await stage.quiet(await stage.join(), witness)
      assert.deepEqual(witness.texts(channel), [])
    },
  },
  {
    name: 'what was published before close was called, and was taken, arrives',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await Promise.all(numbers(50).map((number) => from.publish(channel, number)))
      await from.close()
      await stage.until(() => to.texts(channel).length >= 50, 'all that was taken has arrived')
    },
  },
  {
    name: 'a broker whose nodes have all left can be opened again',
    async run(stage) {
      const channel = channelOf()
      const broker = stage.host.broker()
      const from = await stage.join()
      for (const number of numbers(3)) {
        const node = await stage.join(broker)
        await node.subscribe(channel)
        await from.publish(channel, number)
        await node.hears(channel, number)
        await node.close()
      }
    },
  },
  {
    name: 'a client that was handed in works on after close',
    needs: ['lend'],
    async run(stage) {
      const { broker, works } = await lent(stage)
      const [first, second] = [await stage.join(broker), await stage.join(broker)]
      await first.subscribe(channelOf())
      await first.close()
      await stage.within(works(), 'the client handed in works')
      await second.close()
      await stage.within(works(), 'the client handed in works')
    },
  },
  {
    name: 'nodes on one client that was handed in leave each other their channels',
    needs: ['lend'],
    async run(stage) {
      const { broker } = await lent(stage)
      const channel = channelOf()
      const from = await stage.join()
      const [leaves, stays] = [await stage.join(broker), await stage.join(broker)]
      await leaves.subscribe(channel)
      await stays.subscribe(channel)
      await leaves.publish(channel, 'of a neighbour')
      await stays.hears(channel, 'of a neighbour')
      await leaves.unsubscribe(channel)
      await from.publish(channel, 'one has left it')
      await stays.hears(channel, 'one has left it')
      await leaves.close()
      await from.publish(channel, 'one has gone')
      await stays.hears(channel, 'one has gone')
    },
  },
  {
    name: 'nodes that come and go leave nothing behind',
    needs: ['listeners'],
    async run(stage) {
      // Once before: what a first node makes for all that follow is no leak.
      const brokers = [undefined, ...(stage.supports.lend ? [(await lent(stage)).broker] : [])]
      for (const broker of brokers) await visit(stage, broker)
      const before = await left(stage)
      for (let time = 0; time < 10; time += 1) for (const broker of brokers) await visit(stage, broker)
      const deadline = performance.now() + stage.patience
      for (;;) {
        const now = await left(stage)
        if (now <= before) return
        assert.ok(performance.now() < deadline, `${now - before} are left of nodes that have gone`)
        await new Promise(setImmediate)
      }
    },
  },
]
