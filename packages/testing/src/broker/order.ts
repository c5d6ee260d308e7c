import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'

/** Each published after the one before was taken. */
async function inTurn(from: BrokerNode, channel: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) await from.publish(channel, text)
}

/** What one node publishes on one channel arrives in that order. */
export const order: readonly BrokerBehaviour[] = [
  {
    name: 'what is published in turn arrives in turn, and all of it',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await inTurn(from, channel, numbers(200))
      await to.hears(channel, '199')
      assert.deepEqual(to.texts(channel), numbers(200))
    },
  },
  {
    name: 'payloads of very different sizes keep their order',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      const texts = numbers(20).map((number, index) => number.padEnd(index % 2 === 0 ? 60_000 : 2, '.'))
      await inTurn(from, channel, texts)
      await stage.until(() => to.texts(channel).length >= 20, 'all have arrived')
      assert.deepEqual(
        to.texts(channel).map((text) => Number.parseInt(text, 10)),
        texts.map((_, index) => index),
      )
    },
  },
  {
    name: 'channels at once keep their order each',
    async run(stage) {
      const channels = numbers(10).map(() => channelOf())
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(...channels)
      await Promise.all(channels.map((channel) => inTurn(from, channel, numbers(30))))
      for (const channel of channels) await to.hears(channel, '29')
      for (const channel of channels) assert.deepEqual(to.texts(channel), numbers(30))
    },
  },
  {
    name: 'publishers at once on one channel keep their order each',
    async run(stage) {
      const channel = channelOf()
      const to = await stage.join()
      const from = [await stage.join(), await stage.join(), await stage.join()]
      await to.subscribe(channel)
      const told = from.map((_, who) => numbers(30).map((number) => `${who}:${number}`))
      await Promise.all(from.map((node, who) => inTurn(node, channel, told[who] ?? [])))
      for (const texts of told) await to.hears(channel, texts[29] ?? '')
      for (const [who, texts] of told.entries()) {
        assert.deepEqual(
          to.texts(channel).filter((text) => text.startsWith(`${who}:`)),
          texts,
        )
      }
    },
  },
  {
    name: 'many published at once all arrive',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await Promise.all(numbers(500).map((number) => from.publish(channel, number)))
      await stage.until(() => to.texts(channel).length >= 500, 'all have arrived')
      assert.deepEqual(new Set(to.texts(channel)), new Set(numbers(500)))
    },
  },
]
