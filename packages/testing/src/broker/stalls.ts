import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'

/** The connections stand, and the engine answers nothing. */
export const stalls: readonly BrokerBehaviour[] = [
  {
    name: 'while the engine hangs nothing is lost without being told',
    needs: ['stall'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(channel)
      await stage.stall()
      const taken: string[] = []
      for (const number of numbers(20)) {
        from.link.publish(channel, Buffer.from(number)).then(
          () => taken.push(number),
          () => {},
        )
      }
      await stage.turns()
      await stage.unstall()
      await stage.until(() => from.isUp && to.isUp, 'the broker is up')
      await to.insist(channel)
      await from.press(channel, 'afterwards')
      const owed = [...taken]
      await to.hears(channel, 'afterwards')
      await stage.quiet(from, to)
      const heard = to.texts(channel)
      const lost = owed.filter((number) => !heard.includes(number))
      if (to.count('down') + to.count('gap') === 0)
        assert.deepEqual(lost, [], 'taken, lost, and nothing was told')
    },
  },
  {
    name: 'while the engine hangs no subscription is in force, and afterwards one can be had',
    needs: ['stall'],
    async run(stage) {
      const channel = channelOf()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.stall()
      let inForce = false
      to.ask(channel).then(
        () => {
          inForce = true
        },
        () => {},
      )
      await stage.turns()
      assert.equal(inForce, false, 'a subscription is in force that the engine does not know of')
      await stage.unstall()
      await stage.until(() => from.isUp && to.isUp, 'the broker is up')
      await to.insist(channel)
      await from.press(channel, 'hello')
      await to.hears(channel, 'hello')
    },
  },
  {
    name: 'close while the engine hangs settles, and nothing is told afterwards',
    needs: ['stall'],
    async run(stage) {
      const node = await stage.join()
      await node.subscribe(channelOf())
      await stage.stall()
      node.link.publish(channelOf(), Buffer.from('never mind')).catch(() => {})
      await node.close()
      const late = stage.open()
      await late.close()
      await stage.unstall()
      const [from, to] = [await stage.join(), await stage.join()]
      await stage.quiet(from, to)
      for (const gone of [node, late]) gone.check()
    },
  },
]
