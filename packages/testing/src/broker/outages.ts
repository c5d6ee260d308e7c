import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'
import type { BrokerStage } from './stage.js'

/** Waits until both are back, subscribes the second again, and shows that messages pass. */
async function assertWorksAgain(
  stage: BrokerStage,
  nodes: readonly [BrokerNode, BrokerNode],
  channel: string,
  times: number,
): Promise<void> {
  const [from, to] = nodes
  await from.isBack(times)
  await to.isBack(times)
  await to.insist(channel)
  await from.press(channel, `after ${times}`)
  await to.hears(channel, `after ${times}`)
  await stage.quiet(from, to)
}

/** The connections end, the engine refuses new ones, and some time later it takes them again. */
export const outages: readonly BrokerBehaviour[] = [
  {
    name: 'a cut is told as down, once, and its end as up, once',
    needs: ['cut'],
    async run(stage) {
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.cut()
      await from.isGone(1)
      await to.isGone(1)
      await stage.turns()
      await stage.mend()
      await assertWorksAgain(stage, [from, to], channelOf(), 2)
      for (const node of [from, to]) {
        assert.deepEqual(
          node.told.filter((told) => told !== 'gap'),
          ['up', 'down', 'up'],
        )
      }
    },
  },
  {
    name: 'up says whether anything may have been missed',
    needs: ['cut'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await stage.cut()
      await to.isGone(1)
      await stage.mend()
      await assertWorksAgain(stage, [from, to], channel, 2)
      assert.equal(to.recovered.at(-1), stage.supports.replays)
    },
  },
  {
    name: 'while it is down nothing resolves that was not taken',
    needs: ['cut'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.cut()
      await from.isGone(1)
      await to.isGone(1)
      const resolved: string[] = []
      const calls: Readonly<Record<string, Promise<void>>> = {
        publish: from.link.publish(channel, Buffer.from('lost')),
        subscribe: to.ask(channel),
      }
      for (const [name, call] of Object.entries(calls)) {
        call.then(
          () => resolved.push(name),
          () => {},
        )
      }
      await stage.turns()
      assert.deepEqual(resolved, [])
      await stage.mend()
      await assertWorksAgain(stage, [from, to], channel, 2)
    },
  },
  {
    name: 'what was subscribed to before a cut is heard again once it is subscribed to again',
    needs: ['cut'],
    async run(stage) {
      const channels = numbers(20).map(() => channelOf())
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(...channels)
      await stage.cut()
      await to.isGone(1)
      await from.isGone(1)
      await stage.mend()
      await to.isBack(2)
      await from.isBack(2)
      for (const channel of channels) await to.insist(channel)
      for (const channel of channels) await from.press(channel, 'hello')
      for (const channel of channels) await to.hears(channel, 'hello')
    },
  },
  {
    name: 'what was given up before a cut stays so after it',
    needs: ['cut'],
    async run(stage) {
      const [left, kept] = [channelOf(), channelOf()]
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(left, kept)
      await to.unsubscribe(left)
      await stage.cut()
      await to.isGone(1)
      await from.isGone(1)
      await stage.mend()
      await assertWorksAgain(stage, [from, to], kept, 2)
      await from.press(left, 'nobody')
      await stage.quiet(from, to)
      assert.deepEqual(to.texts(left), [])
    },
  },
  {
    name: 'a cut while many calls are made: each settles or hangs, and afterwards it works',
    needs: ['cut'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      const calls = numbers(50).flatMap((number) => [
        from.link.publish(channel, Buffer.from(number)),
        to.ask(channelOf(`of-${number}`)),
      ])
      for (const call of calls) call.catch(() => {})
      await stage.cut()
      await from.isGone(1)
      await to.isGone(1)
      await stage.mend()
      await assertWorksAgain(stage, [from, to], channel, 2)
    },
  },
  {
    name: 'cut again and again it comes back each time',
    needs: ['cut'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      for (const times of [1, 2, 3]) {
        await stage.cut()
        await from.isGone(times)
        await to.isGone(times)
        await stage.mend()
        await assertWorksAgain(stage, [from, to], channel, times + 1)
      }
    },
  },
  {
    name: 'close while it is cut settles, and nothing is told afterwards',
    needs: ['cut'],
    async run(stage) {
      const [one, another] = [await stage.join(), await stage.join()]
      await one.subscribe(channelOf())
      await stage.cut()
      // The one before it knows of the cut, the other after.
      await one.close()
      await another.isGone(1)
      await another.close()
      await stage.mend()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.quiet(from, to)
      for (const node of [one, another]) node.check()
    },
  },
  {
    name: 'a node opened and closed while the engine is away is told nothing when it comes back',
    needs: ['cut'],
    async run(stage) {
      await stage.cut()
      const node = stage.open()
      await node.close()
      await stage.mend()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.quiet(from, to)
      node.check()
    },
  },
]
