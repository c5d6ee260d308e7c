import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { FaultProxy } from '../../../tests/support/fault-proxy.js'
import { freePort } from '../../../tests/support/free-port.js'
import { missing, RedisServer } from './redis-server.js'

const SLOTS = 16_384

/** One master, the network to it, and a connection to it that does not go by that network. */
export interface ClusterNode {
  readonly server: RedisServer
  readonly proxy: FaultProxy
  readonly direct: Redis
  readonly id: string
}

/** A cluster of masters, whose clients reach every one through a network that can fail. */
export class RedisCluster {
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  static async start(size = 3): Promise<RedisCluster> {
    const nodes = await Promise.all(Array.from({ length: size }, begun))
    const [first] = nodes
    if (first === undefined) throw new Error('a cluster has nodes')
    const busPorts = nodes.map(({ busPort }) => busPort)
    await Promise.all(
      nodes.map(({ direct }, index) =>
        direct.cluster(
          'ADDSLOTSRANGE',
          Math.floor((SLOTS * index) / size),
          Math.floor((SLOTS * (index + 1)) / size) - 1,
        ),
      ),
    )
    for (const [index, { server }] of nodes.entries()) {
      if (index > 0)
        await first.direct.call('cluster', 'meet', '127.0.0.1', server.port, busPorts[index] ?? 0)
    }
    const cluster = new RedisCluster(nodes)
    await cluster.agrees().catch(async (failure: unknown) => {
      await cluster.stop()
      throw failure
    })
    return cluster
  }

  /** Where clients begin. */
  get ports(): readonly number[] {
    return this.nodes.map(({ proxy }) => proxy.port)
  }

  /** Waits until every node knows all, and the cluster serves. */
  async agrees(): Promise<void> {
    const size = this.nodes.length
    for (const { direct } of this.nodes) {
      await asked('the cluster serves', async () => {
        const info = String(await direct.cluster('INFO'))
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}\r`)
      })
      await asked('a node knows the slots of all', async () => {
        const ranges = await direct.cluster('SLOTS')
        return ranges.reduce((sum, [from, to]) => sum + Number(to) - Number(from) + 1, 0) === SLOTS
      })
    }
  }

  /** Gives an empty slot to another master, as `redis-cli --cluster reshard` does. */
  async move(slot: number, to: ClusterNode): Promise<void> {
    for (const { direct } of [to, ...this.nodes.filter((node) => node !== to)])
      await direct.call('cluster', 'setslot', slot, 'node', to.id)
  }

  async stop(): Promise<void> {
    for (const { direct, proxy, server } of this.nodes) {
      direct.disconnect()
      await proxy.close()
      await server.stop()
    }
  }
}

/** Asks until it is so: at most 20 s. */
export async function asked(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`after 20 s it was not so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function begun(): Promise<ClusterNode & { busPort: number }> {
  const [port, busPort] = [await freePort(), await freePort()]
  const proxy = await FaultProxy.to(port)
  const server = await RedisServer.at(
    port,
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(proxy.port)],
    ...['--cluster-announce-bus-port', String(busPort)],
  )
  const direct = new Redis(port, '127.0.0.1')
  direct.on('error', () => {})
  return { server, proxy, direct, busPort, id: String(await direct.call('cluster', 'myid')) }
}

/** A cluster for the tests of this block; without one they are skipped, and say why. */
export function ownCluster(): () => RedisCluster {
  let cluster: RedisCluster | undefined
  beforeAll(async () => {
    if (missing === undefined) cluster = await RedisCluster.start()
  }, 60_000)
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })
  afterAll(() => cluster?.stop())
  return () => {
    if (cluster === undefined) throw new Error('there is no cluster: ownCluster() starts it before the tests')
    return cluster
  }
}
