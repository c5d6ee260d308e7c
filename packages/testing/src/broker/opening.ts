import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf } from './behaviour.js'

/** `open` joins, and never throws. */
export const opening: readonly BrokerBehaviour[] = [
  {
    name: 'open answers a link at once, and tells nothing before it has returned',
    async run(stage) {
      const node = stage.open()
      assert.deepEqual(node.faults, [])
      for (const call of ['publish', 'subscribe', 'unsubscribe', 'close'] as const) {
        assert.equal(typeof node.link[call], 'function')
      }
      await stage.until(() => node.isUp, 'up was told after open')
    },
  },
  {
    name: 'up is told once after open',
    async run(stage) {
      const [first, second] = [await stage.join(), await stage.join()]
      await stage.quiet(first, second)
      assert.deepEqual(first.told, ['up'])
      assert.deepEqual(second.told, ['up'])
    },
  },
  {
    name: 'maxPayload is a whole number, of 65,536 at the least',
    async run(stage) {
      const { link } = await stage.join()
      assert.ok(Number.isSafeInteger(link.maxPayload), `${link.maxPayload}`)
      assert.ok(link.maxPayload >= 65_536, `${link.maxPayload}`)
    },
  },
  {
    name: 'a subscription asked for before up is in force once it resolves, or is refused',
    async run(stage) {
      const channel = channelOf()
      const node = stage.open()
      const asked = node.ask(channel).then(
        () => true,
        () => false,
      )
      const other = await stage.join()
      if (!(await stage.within(asked, 'the subscription was answered'))) await node.insist(channel)
      await stage.until(() => node.isUp, 'up was told after open')
      await node.insist(channel)
      await other.publish(channel, 'hello')
      await node.hears(channel, 'hello')
    },
  },
  {
    name: 'an engine that is away at first: open does not throw, and up is told when it is there',
    needs: ['cut'],
    async run(stage) {
      const channel = channelOf()
      await stage.cut()
      const [node, other] = [stage.open(), stage.open()]
      const asked = node.ask(channel)
      let inForce = false
      asked.then(
        () => {
          inForce = true
        },
        () => {},
      )
      await new Promise(setImmediate)
      assert.equal(node.count('up'), 0, 'up, with the engine away')
      assert.equal(inForce, false, 'a subscription is in force, with the engine away')
      await stage.mend()
      await node.isBack(1)
      await other.isBack(1)
      await node.insist(channel)
      await other.press(channel, 'hello')
      await node.hears(channel, 'hello')
    },
  },
]
