import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'
import type { BrokerStage } from './stage.js'

/** Whether the node hears what is published on the channel now. */
async function hears(
  stage: BrokerStage,
  from: BrokerNode,
  to: BrokerNode,
  channel: string,
): Promise<boolean> {
  const before = to.payloads(channel).length
  await from.publish(channel, 'now')
  await stage.quiet(from, to)
  return to.payloads(channel).length > before
}

/** What a node hears depends on what it asked for last. */
export const subscribing: readonly BrokerBehaviour[] = [
  {
    name: 'what is published right after a subscription resolved arrives, time after time',
    async run(stage) {
      const [from, to] = [await stage.join(), await stage.join()]
      for (const channel of numbers(30).map(() => channelOf())) {
        await to.subscribe(channel)
        await from.publish(channel, 'hello')
        await to.hears(channel, 'hello')
      }
    },
  },
  {
    name: 'a channel nobody has asked for is not heard, and publishing on it is no error',
    async run(stage) {
      const [from, to] = [await stage.join(), await stage.join()]
      await from.publish(channelOf(), 'nobody')
      await stage.quiet(from, to)
      // What is heard on a channel that was not asked for is a fault of the node.
      to.check()
    },
  },
  {
    name: 'asked again for a channel it has, it answers again, and one unsubscribe ends it',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      for (let time = 0; time < 3; time += 1) await to.subscribe(channel)
      await to.subscribe(channel, channel, channel)
      await from.publish(channel, 'hello')
      await to.hears(channel, 'hello')
      await to.unsubscribe(channel)
      assert.equal(await hears(stage, from, to, channel), false)
    },
  },
  {
    name: 'after an unsubscribe resolved nothing new arrives, and other channels go on',
    async run(stage) {
      const [left, kept] = [channelOf(), channelOf()]
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(left, kept)
      await from.publish(left, 'before')
      await to.hears(left, 'before')
      await to.unsubscribe(left)
      await from.publish(left, 'after')
      await from.publish(kept, 'still')
      await to.hears(kept, 'still')
      await stage.quiet(from, to)
      assert.deepEqual(to.texts(left), ['before'])
    },
  },
  {
    name: 'an unsubscribe of a channel it has not is no error, and touches nothing',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await to.unsubscribe(channelOf())
      const never = channelOf()
      await to.unsubscribe(never, never)
      await from.publish(channel, 'hello')
      await to.hears(channel, 'hello')
    },
  },
  {
    name: 'an unsubscribe of one node leaves the other nodes their channel',
    async run(stage) {
      const channel = channelOf()
      const broker = stage.host.broker()
      const from = await stage.join()
      const [leaves, stays, apart] = [await stage.join(broker), await stage.join(broker), await stage.join()]
      for (const node of [leaves, stays, apart]) await node.subscribe(channel)
      await leaves.unsubscribe(channel)
      await from.publish(channel, 'hello')
      await stays.hears(channel, 'hello')
      await apart.hears(channel, 'hello')
      await stage.quiet(from, leaves)
      assert.deepEqual(leaves.texts(channel), [])
    },
  },
  {
    name: 'subscribed to again after an unsubscribe, a channel is heard again',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      for (const number of numbers(10)) {
        await to.subscribe(channel)
        await from.publish(channel, number)
        await to.hears(channel, number)
        await to.unsubscribe(channel)
      }
      assert.deepEqual(to.texts(channel), numbers(10))
    },
  },
  {
    name: 'subscribed to again at once, without waiting for the unsubscribe, it is in force when that resolves',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      for (const number of numbers(20)) {
        const left = to.unsubscribe(channel)
        const again = to.subscribe(channel)
        await again
        await from.publish(channel, number)
        await to.hears(channel, number)
        await left
      }
    },
  },
  {
    name: 'of calls for one channel that race the last one wins: subscribe',
    async run(stage) {
      const [from, to] = [await stage.join(), await stage.join()]
      for (const rounds of [1, 2, 5]) {
        const channel = channelOf()
        const calls = [to.subscribe(channel)]
        for (let round = 0; round < rounds; round += 1)
          calls.push(to.unsubscribe(channel), to.subscribe(channel))
        await Promise.all(calls)
        await from.publish(channel, 'hello')
        await to.hears(channel, 'hello')
      }
    },
  },
  {
    name: 'of calls for one channel that race the last one wins: unsubscribe',
    async run(stage) {
      const [from, to] = [await stage.join(), await stage.join()]
      for (const rounds of [1, 2, 5]) {
        const channel = channelOf()
        const calls: Promise<void>[] = []
        for (let round = 0; round < rounds; round += 1)
          calls.push(to.subscribe(channel), to.unsubscribe(channel))
        await Promise.all(calls)
        assert.equal(await hears(stage, from, to, channel), false)
      }
    },
  },
]
