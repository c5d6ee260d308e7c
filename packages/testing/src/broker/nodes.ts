import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'
import type { BrokerStage } from './stage.js'

/** Each publishes, and all others hear it; whether it hears itself is its own affair. */
async function assertAllHear(stage: BrokerStage, nodes: readonly BrokerNode[]): Promise<void> {
  const channel = channelOf()
  await Promise.all(nodes.map((node) => node.subscribe(channel)))
  await Promise.all(nodes.map((node, index) => node.publish(channel, `of ${index}`)))
  for (const [index, from] of nodes.entries()) {
    for (const to of nodes) {
      if (to === from) continue
      await stage.until(() => to.texts(channel).includes(`of ${index}`), `a node has heard node ${index}`)
    }
  }
}

/** Every node hears every other, wherever it is. */
export const nodes: readonly BrokerBehaviour[] = [
  {
    name: 'nodes of one broker hear each other',
    async run(stage) {
      const broker = stage.host.broker()
      await assertAllHear(stage, [
        await stage.join(broker),
        await stage.join(broker),
        await stage.join(broker),
      ])
    },
  },
  {
    name: 'nodes of different brokers hear each other',
    async run(stage) {
      await assertAllHear(stage, [await stage.join(), await stage.join(), await stage.join()])
    },
  },
  {
    name: 'nodes of one broker and of others hear each other',
    async run(stage) {
      const broker = stage.host.broker()
      await assertAllHear(stage, [await stage.join(broker), await stage.join(), await stage.join(broker)])
    },
  },
  {
    name: 'every node hears everything: none is left out because another has it',
    async run(stage) {
      const channel = channelOf()
      const [from, ...others] = await Promise.all(numbers(5).map(() => stage.join()))
      await Promise.all(others.map((node) => node.subscribe(channel)))
      for (const number of numbers(30)) await from?.publish(channel, number)
      for (const node of others) {
        await stage.until(
          () => numbers(30).every((text) => node.texts(channel).includes(text)),
          'all have arrived',
        )
      }
    },
  },
  {
    name: 'a node that joins later hears what is published from then on, and those before go on',
    async run(stage) {
      const channel = channelOf()
      const [from, early] = [await stage.join(), await stage.join()]
      await early.subscribe(channel)
      await from.publish(channel, 'first')
      await early.hears(channel, 'first')
      const late = await stage.join()
      await late.subscribe(channel)
      await from.publish(channel, 'second')
      await late.hears(channel, 'second')
      await early.hears(channel, 'second')
    },
  },
]
