import { type BrokerLink, type BrokerSink, memoryBroker } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import {
  type BrokerFault,
  FaultyBroker,
  type FaultyBrokerOptions,
  Random,
  VirtualClock,
} from '../src/index.js'

const LOBBY = 'linkspan.topic.~.lobby'

interface Member {
  readonly link: BrokerLink
  readonly heard: string[]
  readonly told: string[]
}

/** Nodes that hear the lobby. */
async function members(broker: FaultyBroker, count: number): Promise<readonly Member[]> {
  const joined = Array.from({ length: count }, () => {
    const [heard, told]: [string[], string[]] = [[], []]
    const sink: BrokerSink = {
      message: (_channel, payload) => heard.push(Buffer.from(payload).toString()),
      up: () => told.push('up'),
      down: () => told.push('down'),
      gap: () => told.push('gap'),
    }
    return { link: broker.open(sink), heard, told }
  })
  for (const { link } of joined) await link.subscribe(LOBBY)
  return joined
}

async function say(from: Member | undefined, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await from?.link.publish(LOBBY, Buffer.from(text))
  // What the memory broker delivers comes with the next microtask.
  await new Promise(setImmediate)
}

/** What one node hears of a hundred texts that another says, under the faults that are drawn from a seed. */
async function hundred(
  seed: number,
  fault: BrokerFault | undefined,
  latency = 0,
): Promise<readonly string[]> {
  const clock = new VirtualClock()
  const random = new Random(seed)
  const options: FaultyBrokerOptions = {
    clock,
    latency: () => random.below(latency + 1),
    decide: (occasion) => occasion === fault && random.chance(0.2),
  }
  const [from, to] = await members(new FaultyBroker(memoryBroker(), options), 2)
  for (let number = 0; number < 100; number += 1) await say(from, String(number))
  await clock.advance(10_000)
  expect(clock.pending).toBe(0)
  return to?.heard ?? []
}

const ALL = Array.from({ length: 100 }, (_, number) => String(number))
const sorted = (texts: readonly string[]) => [...texts].sort((a, b) => Number(a) - Number(b))

describe('FaultyBroker', () => {
  it('carries everything, in order, where no fault is drawn', async () => {
    expect(await hundred(1, undefined)).toEqual(ALL)
    expect(await hundred(1, undefined, 200)).toEqual(ALL)
  })

  it('loses what it is told to', async () => {
    const heard = await hundred(1, 'lose')
    expect(heard.length).toBeLessThan(100)
    expect(heard.length).toBeGreaterThan(50)
    expect(heard).toEqual(sorted(heard))
  })

  it('delivers twice what it is told to', async () => {
    const heard = await hundred(1, 'duplicate')
    expect(heard.length).toBeGreaterThan(100)
    expect([...new Set(heard)]).toEqual(ALL)
  })

  it('lets overtake what it is told to', async () => {
    const heard = await hundred(1, 'overtake', 2_000)
    expect(heard).not.toEqual(ALL)
    expect(sorted(heard)).toEqual(ALL)
  })

  it('does the same for the same seed', async () => {
    for (const fault of ['lose', 'duplicate', 'overtake'] as const) {
      const first = await hundred(7, fault, 300)
      expect(await hundred(7, fault, 300)).toEqual(first)
      expect(await hundred(8, fault, 300)).not.toEqual(first)
    }
  })

  it('lets nothing arrive before its time', async () => {
    const clock = new VirtualClock()
    const [from, to] = await members(new FaultyBroker(memoryBroker(), { clock, latency: () => 100 }), 2)
    await say(from, 'hello')
    await clock.advance(99)
    expect(to?.heard).toEqual([])
    await clock.advance(1)
    expect(to?.heard).toEqual(['hello'])
  })

  it('delivers nothing that is late to a node that has left', async () => {
    const clock = new VirtualClock()
    const broker = new FaultyBroker(memoryBroker(), { clock, latency: () => 100 })
    const [from, to] = await members(broker, 2)
    await say(from, 'hello')
    await to?.link.close()
    await clock.advance(100)
    expect(to?.heard).toEqual([])
    expect([...broker.nodes]).toEqual([from?.link])
  })

  it('refuses calls where it is told to', async () => {
    let refusing = false
    const [from] = await members(new FaultyBroker(memoryBroker(), { decide: () => refusing }), 1)
    refusing = true
    await expect(from?.link.publish(LOBBY, new Uint8Array())).rejects.toThrow('refuses')
    await expect(from?.link.subscribe(LOBBY)).rejects.toThrow('refuses')
    await expect(from?.link.unsubscribe(LOBBY)).rejects.toThrow('refuses')
  })

  it('takes a publish and never answers it where it is told to', async () => {
    let answered = false
    const broker = new FaultyBroker(memoryBroker(), { decide: (fault) => fault === 'swallow' })
    const [from, to] = await members(broker, 2)
    void from?.link.publish(LOBBY, Buffer.from('hello')).then(() => {
      answered = true
    })
    await new Promise(setImmediate)
    expect([to?.heard, answered]).toEqual([['hello'], false])
  })

  it('separates groups of nodes, and a node of no group from nobody', async () => {
    const broker = new FaultyBroker(memoryBroker())
    const [a, b, c] = await members(broker, 3)
    const [first, second] = broker.nodes
    broker.partition(first ? [first] : [], second ? [second] : [])
    await say(a, 'of a')
    await say(c, 'of c')
    expect([a, b, c].map((member) => member?.heard)).toEqual([['of c'], ['of c'], ['of a']])
    broker.heal()
    await say(a, 'healed')
    expect(b?.heard).toEqual(['of c', 'healed'])
    expect(b?.told).toEqual(['up'])
  })

  it('lets what a node said before it left arrive across a partition', async () => {
    const clock = new VirtualClock()
    const broker = new FaultyBroker(memoryBroker(), { clock })
    const [a, b] = await members(broker, 2)
    const said = a?.link.publish(LOBBY, Buffer.from('farewell'))
    await a?.link.close()
    await said
    await new Promise(setImmediate)
    expect(b?.heard).toEqual(['farewell'])
  })

  it('hangs, and afterwards everything comes in order', async () => {
    const broker = new FaultyBroker(memoryBroker())
    const [a, b] = await members(broker, 2)
    broker.stall()
    broker.stall()
    const said = say(a, '1', '2')
    await new Promise(setImmediate)
    expect(b?.heard).toEqual([])
    broker.unstall()
    await said
    broker.unstall()
    expect(b?.heard).toEqual(['1', '2'])
  })

  it('hands on what the broker behind it tells', async () => {
    const hub = memoryBroker()
    const [a] = await members(new FaultyBroker(hub), 1)
    hub.cut()
    hub.mend()
    expect(a?.told).toEqual(['up', 'down', 'up'])
    expect(a?.link.maxPayload).toBe(1_048_572)
  })
})
