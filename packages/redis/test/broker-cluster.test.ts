import { type RedisBrokerOptions, redisBroker } from '@linkspan/redis'
import { VirtualClock } from '@linkspan/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { slotOf } from '../src/slots.js'
import { clusters } from './broker-clients.js'
import { QUICK } from './broker-host.js'
import { Node } from './broker-node.js'
import { asked, type ClusterNode, ownCluster } from './redis-cluster.js'

describe.each(Object.entries(clusters))(
  'redisBroker in a cluster, with %s',
  { timeout: 60_000 },
  (_name, connect) => {
    const cluster = ownCluster()
    const opened: (() => Promise<void> | void)[] = []
    afterEach(async () => {
      for (const { proxy } of cluster().nodes) proxy.pass()
      for (const end of opened.splice(0).reverse()) await end()
      await cluster().agrees()
    })

    function join(sharded: boolean, options: RedisBrokerOptions = QUICK): Node {
      const handedIn = connect(cluster().ports)
      const node = new Node(redisBroker(handedIn.client, { ...options, sharded }))
      opened.push(
        () => handedIn.end(),
        () => node.link.close(),
      )
      return node
    }

    async function calls(command: string): Promise<readonly number[]> {
      return Promise.all(
        cluster().nodes.map(async ({ direct }) =>
          Number(
            new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await direct.info('commandstats'))?.[1] ?? 0,
          ),
        ),
      )
    }

    async function counting(command: string, action: () => Promise<void>): Promise<readonly number[]> {
      for (const { direct } of cluster().nodes) await direct.config('RESETSTAT')
      await action()
      return calls(command)
    }

    /** The node that has the slot of a channel, and another. */
    async function ownerOf(channel: string): Promise<readonly [ClusterNode, ClusterNode]> {
      const slot = slotOf(channel)
      const { nodes } = cluster()
      const [first] = nodes
      const ranges = (await first?.direct.cluster('SLOTS')) ?? []
      const range = ranges.find(([from, to]) => Number(from) <= slot && slot <= Number(to))
      const owner = nodes.find(({ id }) => JSON.stringify(range).includes(id))
      const other = nodes.find((node) => node !== owner)
      if (owner === undefined || other === undefined) throw new Error('nobody has the slot')
      return [owner, other]
    }

    it('sharded: a message goes to the shard of its channel only', async () => {
      const node = join(true)
      await node.has('up')
      await node.link.subscribe('a')
      const published = await counting('spublish', async () => {
        for (let time = 0; time < 10; time += 1) await node.link.publish('a', Buffer.from(String(time)))
      })
      await node.hears('9')
      expect([...published].sort()).toEqual([0, 0, 10])
    })

    /** Which master something is published by: exactly one takes all of it. */
    async function wayOf(node: Node): Promise<ClusterNode> {
      const channels = Array.from({ length: 30 }, (_, index) => `channel-${index}`)
      const published = await counting('publish', async () => {
        const all = channels.map(async (channel) => {
          for (let time = 0; time < 3; time += 1) await node.link.publish(channel, Buffer.from(String(time)))
        })
        await Promise.all(all)
      })
      expect([...published].sort((one, other) => one - other)).toEqual([0, 0, 90])
      return cluster().nodes[published.indexOf(90)] as ClusterNode
    }

    it('plain: what is published goes by one master until that is gone, so that it stays in order', async () => {
      const node = join(false)
      await node.has('up')
      const chosen = await wayOf(node)
      for (const { direct } of cluster().nodes.filter((other) => other !== chosen))
        await direct.call('CLIENT', 'KILL', 'TYPE', 'NORMAL')
      expect(await wayOf(node)).toBe(chosen)
      await chosen.direct.call('CLIENT', 'KILL', 'TYPE', 'NORMAL')
      await asked('another one takes it', () =>
        node.link.publish('a', Buffer.from('on')).then(
          () => true,
          () => false,
        ),
      )
      const next = await wayOf(node)
      expect(await wayOf(node)).toBe(next)
    })

    it('sharded: channels of all masters are heard', async () => {
      const [from, to] = [join(true), join(true)]
      await Promise.all([from.has('up'), to.has('up')])
      const channels = Array.from({ length: 30 }, (_, index) => `channel-${index}`)
      await Promise.all(channels.map((channel) => to.link.subscribe(channel)))
      await Promise.all(channels.map((channel) => from.link.publish(channel, Buffer.from(channel))))
      for (const channel of channels) await to.hears(channel)
    })

    it('sharded: a channel follows its slot to another master, and the gap is told', async () => {
      const [from, to] = [join(true), join(true)]
      await Promise.all([from.has('up'), to.has('up')])
      const channels = ['moves', 'stays']
      for (const channel of channels) await to.link.subscribe(channel)
      const [, other] = await ownerOf('moves')
      await cluster().move(slotOf('moves'), other)
      await to.has('up', 'gap moves')
      for (const channel of channels) await from.link.publish(channel, Buffer.from(`on ${channel}`))
      for (const channel of channels) await to.hears(`on ${channel}`)
      await to.link.unsubscribe('moves')
      for (const { direct } of cluster().nodes)
        expect(await direct.call('PUBSUB', 'SHARDNUMSUB', 'moves')).toEqual(['moves', 0])
      expect(to.told).toEqual(['up', 'gap moves'])
    })

    it('sharded: a master that cannot be reached is a down, and its return an up', async () => {
      const node = join(true)
      await node.has('up')
      const [owner] = await ownerOf('a')
      owner.proxy.refuse()
      await node.has('up', 'down')
      owner.proxy.pass()
      await node.has('up', 'down', 'up')
      await asked('it can be subscribed to', () =>
        node.link.subscribe('a').then(
          () => true,
          () => false,
        ),
      )
      await asked('it can be published', () =>
        node.link.publish('a', Buffer.from('back')).then(
          () => true,
          () => false,
        ),
      )
      await node.hears('back')
    })

    it('sharded: a master that crashes is a down; it comes back', async () => {
      const node = join(true)
      await node.has('up')
      const [owner] = await ownerOf('a')
      await owner.server.kill()
      await node.has('up', 'down')
      await owner.server.restart()
      await node.has('up', 'down', 'up')
    })

    it('plain: killed subscribers are a down and an up', async () => {
      const node = join(false)
      await node.has('up')
      await node.link.subscribe('a')
      for (const { direct } of cluster().nodes) await direct.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
      await node.has('up', 'down', 'up')
      await node.link.subscribe('a')
      await node.link.publish('a', Buffer.from('back'))
      await node.hears('back')
    })

    it('a cluster that answers nothing is noticed at the deadline of the probe', async () => {
      const clock = new VirtualClock()
      const node = join(true, { clock, probeInterval: 10_000, timeout: 2_000 })
      await node.has('up')
      for (const { proxy } of cluster().nodes) proxy.stall()
      await clock.advance(12_000)
      expect(node.told).toEqual(['up', 'down'])
    })
  },
)
