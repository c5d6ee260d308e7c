import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'
import type { BrokerStage } from './stage.js'

function elsewhere(stage: BrokerStage): Promise<BrokerNode> {
  assert.ok(stage.host.elsewhere, 'the host has no broker elsewhere: declare supports.replays as false')
  return stage.join(stage.host.elsewhere())
}

/** What was published while a node was away arrives afterwards, from the engine's log. */
export const replaying: readonly BrokerBehaviour[] = [
  {
    name: 'what was published while a node was away arrives afterwards, in order and before what is newer',
    needs: ['cut', 'replays'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await elsewhere(stage), await stage.join()]
      await to.subscribe(channel)
      await from.publish(channel, 'before')
      await to.hears(channel, 'before')
      await stage.cut()
      await to.isGone(1)
      for (const number of numbers(20)) await from.publish(channel, number)
      await stage.mend()
      await to.isBack(2)
      await to.insist(channel)
      await from.publish(channel, 'newer')
      await to.hears(channel, 'newer')
      assert.deepEqual(to.texts(channel), ['before', ...numbers(20), 'newer'])
    },
  },
  {
    name: 'cut again and again nothing is missed',
    needs: ['cut', 'replays'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await elsewhere(stage), await stage.join()]
      await to.subscribe(channel)
      for (const times of [1, 2, 3]) {
        await from.publish(channel, `standing ${times}`)
        await stage.cut()
        await to.isGone(times)
        await from.publish(channel, `away ${times}`)
        await stage.mend()
        await to.isBack(times + 1)
        await to.insist(channel)
      }
      await to.hears(channel, 'away 3')
      assert.deepEqual(
        to.texts(channel),
        [1, 2, 3].flatMap((times) => [`standing ${times}`, `away ${times}`]),
      )
    },
  },
  {
    name: 'what was published before a node joined does not arrive there',
    needs: ['replays'],
    async run(stage) {
      const channel = channelOf()
      const from = await elsewhere(stage)
      await from.publish(channel, 'long ago')
      const to = await stage.join()
      await stage.quiet(from, to)
      await to.subscribe(channel)
      await from.publish(channel, 'now')
      await to.hears(channel, 'now')
      await stage.quiet(from, to)
      assert.deepEqual(to.texts(channel), ['now'])
    },
  },
]
