import { describe, expect, it } from 'vitest'
import type { BrokerLink } from '../../src/ports/broker.js'
import type { Pair } from '../fake.js'
import { type Node, Nodes } from './nodes.js'

const LOBBY = 'linkspan.topic.~.lobby'
const UNKNOWN = { topic: undefined, scope: undefined, node: undefined, missed: undefined }

interface Member extends Node {
  readonly name: string
  readonly visitor: Pair<{}>
  /** As the hub knows it. */
  readonly inner: BrokerLink
}

/** Nodes with somebody in the lobby of each, all of them cut off. */
async function away(names: readonly string[], options: ConstructorParameters<typeof Nodes>[0] = {}) {
  const nodes = new Nodes(options)
  const members: Member[] = []
  for (const name of names) {
    const node = await nodes.start(name)
    const inner = [...nodes.hub.nodes].at(-1) as BrokerLink
    members.push({ ...node, name, inner, visitor: await nodes.visitor(node) })
  }
  await nodes.pass(100)
  nodes.hub.cut(...nodes.hub.nodes)
  await nodes.pass(100)
  const mend = async (...back: readonly (Member | undefined)[]): Promise<void> => {
    for (const member of back) if (member !== undefined) nodes.hub.mend(member.inner)
    await nodes.pass()
  }
  return { nodes, members, mend }
}

const say = ({ bench }: Member, text: string): string => bench.app.to('lobby').send(text)
const heard = ({ visitor }: Member): readonly unknown[] => visitor.transport.sent

describe('what waited for the engine', () => {
  it('reaches those too who come back after the one that said it', async () => {
    const { nodes, members, mend } = await away(['one', 'two', 'three'])
    const [one, two, three] = members as [Member, Member, Member]
    expect(say(one, 'while away')).toBe('queued')
    one.bench.app.broadcast('to all')
    await mend(one, two)
    expect(one.bench.app.brokerStatus).toBe('up')
    expect(say(one, 'just back')).toBe('queued')
    await nodes.pass(1_900)
    expect(heard(two)).toEqual([])
    await mend(three)
    await nodes.pass(50)
    for (const member of [two, three])
      expect(heard(member).toSorted()).toEqual(['just back', 'to all', 'while away'])
    expect(say(one, 'as ever')).toBe('sent')
    for (const { told } of [two, three]) expect(told.gap).toEqual([UNKNOWN])
  })

  it('waits for a node that does not come back for two seconds, and no longer', async () => {
    const { nodes, members, mend } = await away(['one', 'two', 'three'])
    const [one, two, three] = members as [Member, Member, Member]
    say(one, 'hello')
    await mend(one, two)
    await nodes.pass(1_999)
    expect(heard(two)).toEqual([])
    await nodes.pass(1)
    expect(heard(two)).toEqual(['hello'])
    await mend(three)
    await nodes.pass(10_000)
    expect(three.told.gap).toContainEqual(UNKNOWN)
  })

  it('waits for no longer than a beat', async () => {
    const { nodes, members, mend } = await away(['one', 'two', 'three'], { cluster: { beat: 300 } })
    const [one, two] = members as [Member, Member, Member]
    say(one, 'hello')
    await mend(one, two)
    await nodes.pass(299)
    expect(heard(two)).toEqual([])
    await nodes.pass(1)
    expect(heard(two)).toEqual(['hello'])
  })

  it('does not wait for a node that has said goodbye, or whose successor is there', async () => {
    const { nodes, members, mend } = await away(['one', 'two', 'three', 'four'])
    const [one, two, three, four] = members as [Member, Member, Member, Member]
    say(one, 'hello')
    await mend(one, two)
    expect(heard(two)).toEqual([])
    await nodes.start('three')
    expect(heard(two)).toEqual([])
    // Its bye is all that comes of it: it has nothing to listen to any more.
    nodes.broker.link(3).script = ({ channel }) => (channel.endsWith('.beat') ? 'lose' : 'take')
    nodes.hub.mend(four.inner)
    const drained = four.bench.app.drain({ grace: 0 })
    four.visitor.transport.closed(1012)
    await nodes.pass(10)
    await drained
    expect(heard(two)).toEqual(['hello'])
    expect(heard(three)).toEqual([])
  })

  it('because the engine hung waits too: it may have hung for so long that others lost it', async () => {
    const nodes = new Nodes({ cluster: { timeout: 1_000 } })
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const visitor = await nodes.visitor(two)
    const [from, inner] = [nodes.broker.link(0), [...nodes.hub.nodes][1] as BrokerLink]
    from.script = ({ call }) => (call === 'publish' ? 'hang' : 'take')
    for (const text of ['1', '2']) {
      one.bench.app.to('lobby').send(text)
      await nodes.pass()
    }
    await nodes.pass(3_000)
    expect(one.bench.app.brokerStatus).toBe('degraded')
    nodes.hub.cut(inner)
    from.script = () => 'take'
    await nodes.pass(1_000)
    expect(one.told.broker.map(({ status }) => status)).toEqual(['up', 'degraded', 'up'])
    nodes.hub.mend(inner)
    await nodes.pass()
    expect(visitor.transport.sent).toEqual(['1', '2'])
    expect(one.told.gap).toEqual([])
  })

  it('waits for nobody where nobody else was there, and at the first beginning', async () => {
    const nodes = new Nodes()
    nodes.hub.cut()
    const one = await nodes.start('one')
    one.bench.app.to('lobby').send('first')
    nodes.hub.mend()
    await nodes.pass()
    const link = nodes.broker.link()
    expect(link.count('publish', LOBBY)).toBe(1)
    nodes.hub.cut()
    one.bench.app.to('lobby').send('second')
    nodes.hub.mend()
    await nodes.pass()
    expect(link.count('publish', LOBBY)).toBe(2)
  })

  it('waits for nobody where the engine keeps what was published', async () => {
    const nodes = new Nodes()
    const [one] = [await nodes.start('one'), await nodes.start('two')]
    const link = nodes.broker.link()
    link.sink.down(new Error('away'))
    one.bench.app.to('lobby').send('hello')
    link.sink.up(true)
    await nodes.pass()
    expect(link.count('publish', LOBBY)).toBe(1)
  })

  it('goes out where the application is drained meanwhile', async () => {
    const { nodes, members, mend } = await away(['one', 'two', 'three'])
    const [one, two] = members as [Member, Member, Member]
    say(one, 'hello')
    await mend(one, two)
    const drained = one.bench.app.drain({ grace: 0 })
    one.visitor.transport.closed(1012)
    await nodes.pass()
    await drained
    expect(heard(two)).toEqual(['hello'])
    expect(one.bench.app.stats().totals.broker.dropped).toBe(0)
  })

  it('is not let out by a beat that the engine had kept while it hung', async () => {
    const { nodes, members, mend } = await away(['one', 'two'])
    const [one, two] = members as [Member, Member]
    const isBeat = ({ call, channel }: { call: string; channel: string }) =>
      call === 'publish' && channel === 'linkspan.beat'
    await mend(one, two)
    await nodes.pass(2_000)
    const beat = nodes.broker.link(1).asked.findLast(isBeat)
    nodes.hub.cut(one.inner, two.inner)
    say(one, 'hello')
    await mend(one)
    nodes.broker.link(0).sink.message('linkspan.beat', beat?.payload ?? new Uint8Array())
    await nodes.pass(100)
    await mend(two)
    await nodes.pass()
    expect(heard(two)).toEqual(['hello'])
  })

  it('and was on its way when the engine went is not taken for what is said after its return', async () => {
    const { nodes, members, mend } = await away(['one', 'two'])
    const [one, two] = members as [Member, Member]
    await mend(one, two)
    await nodes.pass(100)
    // A beat that hangs, as its engine does.
    nodes.broker.link(1).script = ({ channel }) => (channel.endsWith('.beat') ? 'refuse' : 'take')
    await nodes.pass(2_000)
    nodes.hub.cut(one.inner, two.inner)
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(1_000)
    say(one, 'hello')
    const { length } = nodes.broker.link(1).asked
    await mend(one)
    await nodes.pass(100)
    await mend(two)
    const [first] = nodes.broker
      .link(1)
      .asked.slice(length)
      .filter(({ call }) => call === 'publish')
    expect(first?.channel).toBe('linkspan.beat')
    await nodes.pass(50)
    expect(heard(two)).toEqual(['hello'])
  })
})

describe('the gap of an outage', () => {
  it('is told when everything is listened to, and before what came meanwhile', async () => {
    const { nodes, members, mend } = await away(['one', 'two'])
    const [one, two] = members as [Member, Member]
    const happened: string[] = []
    two.bench.app.on('gap', () => happened.push(`gap, ${nodes.broker.link(1).channels.has(LOBBY)}`))
    two.bench.app.onNode('changed', () => happened.push('changed'))
    await mend(one)
    nodes.broker.link(1).script = ({ channel }) => (channel === LOBBY ? 'refuse' : 'take')
    await nodes.pass(2_000)
    await mend(two)
    one.bench.app.emit('changed')
    await nodes.pass()
    expect(happened).toEqual([])
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(1_000)
    expect(happened).toEqual(['gap, true', 'changed'])
  })

  it('is told in time all the same, and once more of what is listened to only later', async () => {
    const { nodes, members, mend } = await away(['one', 'two'])
    const [, two] = members as [Member, Member]
    nodes.broker.link(1).script = ({ channel }) => (channel === LOBBY ? 'refuse' : 'take')
    await mend(...members)
    await nodes.pass(1_999)
    expect(two.told.gap).toEqual([])
    await nodes.pass(1)
    expect(two.told.gap).toEqual([UNKNOWN])
    await nodes.pass(60_000)
    expect(two.told.gap).toEqual([UNKNOWN])
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(10_000)
    expect(two.told.gap).toEqual([UNKNOWN, { ...UNKNOWN, topic: 'lobby' }])
    await mend()
    nodes.hub.cut(two.inner)
    await mend(two)
    expect(two.told.gap).toEqual([UNKNOWN, { ...UNKNOWN, topic: 'lobby' }, UNKNOWN])
  })

  it('is told of nothing that nobody wants any more', async () => {
    const { nodes, members, mend } = await away(['one', 'two'], { cluster: { interestGrace: 0 } })
    const [, two] = members as [Member, Member]
    nodes.broker.link(1).script = ({ channel }) => (channel === LOBBY ? 'hang' : 'take')
    await mend(...members)
    await nodes.pass(2_000)
    two.visitor.conn.leave('lobby')
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(10_000)
    two.visitor.conn.join('lobby')
    await nodes.pass(10_000)
    expect(two.told.gap).toEqual([UNKNOWN])
  })

  it('is told at once where the engine goes away again', async () => {
    const { nodes, members, mend } = await away(['one', 'two'])
    const [, two] = members as [Member, Member]
    nodes.broker.link(1).script = ({ channel }) => (channel === LOBBY ? 'refuse' : 'take')
    await mend(...members)
    nodes.hub.cut(two.inner)
    expect(two.told.gap).toEqual([UNKNOWN])
    nodes.broker.link(1).script = () => 'take'
    await mend(two)
    await nodes.pass(10_000)
    expect(two.told.gap).toEqual([UNKNOWN, UNKNOWN])
  })
})

describe('a node whose beats are listened to later than all the rest', () => {
  it('says hello once more, and so knows who is there', async () => {
    const nodes = new Nodes()
    await nodes.start('one')
    const two = nodes.start('two')
    nodes.broker.link(1).script = ({ call, channel }) =>
      call === 'subscribe' && channel !== 'linkspan.all' ? 'refuse' : 'take'
    const { bench } = await two
    // Longer than it waits for them; and no beat of the other node is due until the next second.
    await nodes.pass(2_000)
    expect(bench.app.stats().gauges.broker.nodes).toBe(0)
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(1_900)
    expect(bench.app.stats().gauges.broker.nodes).toBe(1)
  })
})
