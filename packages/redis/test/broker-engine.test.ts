import { describe, expect, it } from 'vitest'
import type { Engine } from '../src/broker-engine.js'
import { ioredisClusterEngine } from '../src/broker-ioredis.js'
import { nodeRedisClusterEngine } from '../src/broker-node-redis.js'
import type {
  IoRedisNode,
  IoRedisNodes,
  NodeRedisMaster,
  NodeRedisNode,
  NodeRedisNodes,
} from '../src/index.js'

/** A cluster of three masters whose connections stand, end and come back as the test says; what it is given is written down. */
interface Stage {
  readonly engine: Engine
  /** `master: command`. */
  readonly given: string[]
  /** Ends the connection to a master, or lets there be one again. */
  lose(master: string): void
  mend(master: string): void
}

const MASTERS = ['a', 'b', 'c']

function ioredis(sharded: boolean): Stage {
  const given: string[] = []
  const nodes = new Map<string, { status: string }>()
  const nodeOf = (name: string) => ({
    status: 'wait',
    async call(this: { status: string }, command: string) {
      // As a lazy one does: it connects, and takes what it is given meanwhile.
      if (this.status === 'wait') this.status = 'connecting'
      given.push(`${name}: ${command}`)
    },
  })
  const mend = (master: string) => void nodes.set(master, nodeOf(master))
  for (const master of MASTERS) mend(master)
  const client: Partial<IoRedisNodes> = {
    isCluster: true,
    status: 'ready',
    options: {},
    nodes: () => [...nodes.values()] as IoRedisNode[],
    call: async (command) => void given.push(`any: ${command}`),
  }
  const lose = (master: string): void => {
    const node = nodes.get(master)
    if (node !== undefined) node.status = 'close'
    nodes.delete(master)
  }
  return { engine: ioredisClusterEngine(client as IoRedisNodes, sharded), given, lose, mend }
}

function nodeRedis(sharded: boolean): Stage {
  const given: string[] = []
  type Connection = { isReady: boolean } & Pick<NodeRedisNode, 'sendCommand'>
  type Master = { -readonly [Key in keyof NodeRedisMaster]: NodeRedisMaster[Key] } & { client?: Connection }
  const masters: Master[] = MASTERS.map((address) => ({ address }))
  const connected = ({ address }: NodeRedisMaster): Connection => ({
    isReady: true,
    sendCommand: async ([command]) => void given.push(`${address}: ${String(command).toLowerCase()}`),
  })
  const client: Partial<NodeRedisNodes> = {
    isReady: true,
    masters,
    async nodeClient(wanted) {
      const master = wanted as Master
      master.client ??= connected(master)
      return master.client as NodeRedisNode
    },
    sendCommand: async (_key, _readonly, [command]) =>
      void given.push(`any: ${String(command).toLowerCase()}`),
  }
  const become = (address: string, isReady: boolean): void => {
    const master = masters.find((one) => one.address === address)
    if (master !== undefined) master.client = { ...connected(master), isReady }
  }
  const lose = (address: string): void => {
    const { client: lost } = masters.find((one) => one.address === address) ?? {}
    if (lost !== undefined) lost.isReady = false
    else become(address, false)
  }
  const engine = nodeRedisClusterEngine(client as NodeRedisNodes, sharded)
  return { engine, given, lose, mend: (address) => become(address, true) }
}

const payload = Buffer.from('x')

/** Gives it 20 channels at once, and asks; answers who took all of it. */
async function used({ engine, given }: Stage): Promise<string[]> {
  given.length = 0
  const channels = Array.from({ length: 20 }, (_, index) => `channel-${index}`)
  await Promise.all(channels.map((channel) => engine.publish(channel, payload)))
  await engine.ping()
  return [...new Set(given)].sort()
}

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
] as const)('a cluster through %s', (_name, stageOf) => {
  it('plain: takes all by one master, and is asked there, until that is gone', async () => {
    const stage = stageOf(false)
    const first = await used(stage)
    const chosen = first[0]?.[0] ?? ''
    expect(first).toEqual([`${chosen}: ping`, `${chosen}: publish`])
    for (const other of MASTERS.filter((master) => master !== chosen)) stage.lose(other)
    expect(await used(stage)).toEqual(first)
    for (const other of MASTERS.filter((master) => master !== chosen)) stage.mend(other)
    expect(await used(stage)).toEqual(first)
    stage.lose(chosen)
    const second = await used(stage)
    const next = second[0]?.[0] ?? ''
    expect([second, next === chosen]).toEqual([[`${next}: ping`, `${next}: publish`], false])
    stage.mend(chosen)
    expect(await used(stage)).toEqual(second)
  })

  it('plain: refuses while no master stands, and keeps nothing for later', async () => {
    const stage = stageOf(false)
    for (const master of MASTERS) stage.lose(master)
    await expect(stage.engine.publish('a', payload)).rejects.toThrow('no master stands')
    expect(stage.given).toEqual([])
    stage.mend('b')
    expect(await used(stage)).toEqual(['b: ping', 'b: publish'])
  })

  it('sharded: leaves it to the client who has the slot', async () => {
    expect(await used(stageOf(true))).toEqual(['any: cluster', 'any: spublish'])
  })
})
