import { describe, expect, it } from 'vitest'
import { type Control, controlItem, readControl } from '../../src/cluster/control.js'
import { decode, encode, type Item } from '../../src/cluster/envelope.js'
import { Bench } from '../fake.js'
import { type Node, Nodes } from './nodes.js'

const ALL = 'linkspan.all'

/** What a node knows of the others. */
const known = ({ bench }: Node): number => bench.app.stats().gauges.broker.nodes

describe('a node', () => {
  it('that comes back after its lease was away: what it said meanwhile may be missing, and is asked for', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { conn } = await two.bench.connect()
    two.bench.app.presence('lobby').track(conn)
    const room = one.bench.app.presence('lobby').on('join', () => {})
    await nodes.pass(100)
    nodes.broker.link(1).script = ({ call }) => (call === 'publish' ? 'hang' : 'take')
    await nodes.pass(7_899)
    expect([known(one), room.list().length]).toEqual([1, 1])
    await nodes.pass(1)
    expect([known(one), room.list().length]).toEqual([0, 0])
    // For so long that it has nothing left to say of the room.
    await nodes.pass(30_000)
    nodes.broker.link(1).script = () => 'take'
    await nodes.pass(10_000)
    const { epoch } = two.told.node[0] as { epoch: number }
    expect(one.told.node).toEqual([
      { node: 'two', epoch, joined: true },
      { node: 'two', epoch, joined: false },
      { node: 'two', epoch, joined: true },
    ])
    expect(one.told.gap).toContainEqual({
      topic: undefined,
      scope: undefined,
      node: 'two',
      missed: undefined,
    })
    expect([known(one), room.list().length]).toEqual([1, 1])
  })

  it('that begins a new life under its name ends the earlier one', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    const before = await nodes.start('two')
    const { conn } = await before.bench.connect()
    before.bench.app.presence('lobby').track(conn)
    const gone: string[] = []
    one.bench.app.presence('lobby').on('leave', ({ subject }) => gone.push(subject))
    await nodes.pass(100)
    nodes.hub.cut([...nodes.hub.nodes][1] as never)
    await nodes.pass(1_000)
    expect(gone).toEqual([])
    await nodes.start('two')
    await nodes.pass()
    expect(one.told.node).toEqual([
      { node: 'two', epoch: 1_000_000, joined: true },
      { node: 'two', epoch: 1_000_000, joined: false },
      { node: 'two', epoch: 1_001_100, joined: true },
    ])
    expect(gone).toEqual([conn.id])
    expect(known(one)).toBe(1)
  })

  it('that has said goodbye is not there because of what it said before', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const link = nodes.broker.link(1)
    // Its presence is told through another channel than its goodbye, and may come after it.
    const { conn } = await two.bench.connect()
    two.bench.app.presence('lobby').track(conn)
    const joined: string[] = []
    one.bench.app.presence('lobby').on('join', ({ subject }) => joined.push(subject))
    link.script = ({ channel }) => (channel === ALL ? 'take' : 'lose')
    await nodes.pass()
    const drained = two.bench.app.drain({ grace: 0 })
    await nodes.pass(10_000)
    await drained
    for (const { call, channel, payload } of [...link.asked]) {
      if (call === 'publish') nodes.broker.link(0).sink.message(channel, payload)
    }
    expect(one.told.node.map(({ joined }) => joined)).toEqual([true, false])
    expect(joined).toEqual([])
    expect(known(one)).toBe(0)
  })

  it('that hears nobody gives nobody up', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    nodes.hub.cut()
    await nodes.pass(60_000)
    nodes.hub.mend([...nodes.hub.nodes][0] as never)
    await nodes.pass(4_000)
    nodes.hub.mend()
    await nodes.pass(60_000)
    for (const { told } of [one, two]) expect(told.node.map(({ joined }) => joined)).toEqual([true])
  })

  it('with many long topics still has room to say that it lives', async () => {
    const nodes = new Nodes({ scope: () => '\u00e4'.repeat(512) })
    const one = await nodes.start('one')
    const two = await nodes.start('two')
    for (const { maxPayload } of nodes.broker.links) expect(maxPayload).toBeGreaterThan(65_536)
    for (const link of nodes.broker.links) link.maxPayload = 65_536
    const scope = two.bench.app.scope('\u00e4'.repeat(512))
    for (let index = 0; index < 300; index += 1) scope.to(`${'\u{1f600}'.repeat(250)}${index}`).send('x')
    await nodes.pass(60_000)
    expect(one.told.node.map(({ joined }) => joined)).toEqual([true])
    expect(known(one)).toBe(1)
  })

  it('says what it is', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one', { cluster: { version: '1.4.2' } })
    const two = await nodes.start('two')
    await one.bench.connect()
    void two.bench.app.drain()
    const asked = one.bench.app.cluster()
    await nodes.pass()
    expect(await asked).toEqual({
      results: [
        { node: 'one', epoch: 1_000_000, version: '1.4.2', connections: 1, draining: false },
        { node: 'two', epoch: 1_000_000, version: '', connections: 0, draining: true },
      ],
      missingNodes: [],
    })
  })

  it('has a name of its own where none is given', async () => {
    const [one, two] = [Bench.open(), Bench.open()]
    const names = await Promise.all(
      [one, two].map(async ({ app }) => (await app.cluster()).results.map(({ node }) => node).join()),
    )
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}$/)
  })

  it('that cannot answer says so, and is named as missing', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    const two = await nodes.start('two', { scope: () => 'acme' })
    const asked = one.bench.app.disconnect({ topic: 'lobby' })
    await nodes.pass()
    expect(two.bench.errors).toEqual(['LINKSPAN_SCOPE'])
    await nodes.pass(60_000)
    expect(await asked).toBe(0)
  })

  it('of another version, which has no answer, has disconnected nobody', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    const link = nodes.broker.link()
    const info = { node: 'two', epoch: 1, version: '', connections: 0, draining: false }
    const say = (channel: string, control: Control): void => {
      const items = [controlItem(control)]
      link.sink.message(channel, encode({ node: 'two', epoch: 1, run: 1, first: 0, idle: 0, items }))
    }
    say(ALL, { type: 'beat', info })
    const asked = bench.app.disconnect({ topic: 'lobby' })
    await nodes.pass()
    const { payload } = link.asked.at(-1) ?? {}
    const question = readControl(decode(payload as Uint8Array)?.items[0] as Item)
    expect(question).toMatchObject({ type: 'ask', what: 'disconnect' })
    const { id } = question as Control & { type: 'ask' }
    say('linkspan.node.one', { type: 'answer', id, part: '', before: 0, last: true })
    expect(await asked).toBe(0)
  })

  it('is asked within a time that timers take', async () => {
    const { app } = Bench.open()
    for (const timeout of [0, 1.5, 2 ** 31, Number.NaN]) {
      await expect(app.cluster({ timeout })).rejects.toMatchObject({ code: 'LINKSPAN_OPTION' })
      await expect(app.presence('lobby').members({ timeout })).rejects.toMatchObject({
        code: 'LINKSPAN_OPTION',
      })
    }
  })
})

describe('what nodes emit', () => {
  it('reaches every handler of the others until that is taken away, and a throw is told', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const heard: unknown[] = []
    const off = two.bench.app.onNode('changed', () => {
      throw new Error('no')
    })
    two.bench.app.onNode('changed', (payload, from) => heard.push([payload, from]))
    one.bench.app.onNode('changed', () => heard.push('its own'))
    one.bench.app.emit('changed')
    await nodes.pass()
    expect(heard).toEqual([[undefined, 'one']])
    expect(two.bench.of('error')).toMatchObject([{ code: 'LINKSPAN_LISTENER', cause: { message: 'no' } }])
    off()
    one.bench.app.emit('changed', 7)
    one.bench.app.emit('something else', 8)
    await nodes.pass()
    expect(heard).toEqual([
      [undefined, 'one'],
      [7, 'one'],
    ])
    expect(two.bench.errors).toHaveLength(1)
  })

  it('is JSON, with a broker and without', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const app of [bench.app, Bench.open().app]) {
      for (const payload of [circle, 7n]) {
        expect(() => app.emit('changed', payload)).toThrow(
          expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
        )
      }
    }
  })
})

describe('the only node', () => {
  it('works without a broker', async () => {
    const { app } = Bench.open()
    await app.ready()
    expect(app.brokerStatus).toBe('up')
    expect(app.emit('changed')).toBe('sent')
    expect(app.to('lobby').send('hello')).toBe('sent')
    expect(app.broadcast('hello')).toBe('sent')
    expect(app.stats()).toMatchObject({
      gauges: { broker: { channels: 0, bytes: 0, lag: 0, nodes: 0 } },
      totals: { broker: { published: 0, dropped: 0, received: 0, duplicates: 0, missed: 0 } },
    })
    expect(await app.cluster()).toMatchObject({ results: [{ connections: 0 }], missingNodes: [] })
  })

  it('has everybody who is present', async () => {
    const { app } = Bench.open()
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const room = bench.app.presence<{ mood: string }>('lobby').on('join', () => {})
    room.track(conn, { mood: 'well' })
    expect(room.list()).toEqual([
      { subject: conn.id, connections: [{ id: conn.id, node: expect.any(String), meta: { mood: 'well' } }] },
    ])
    expect((await room.members()).results).toEqual(room.list())
    expect(app.presence('lobby').list()).toEqual([])
  })
})

describe('the figures', () => {
  it('count what goes to the engine and comes from it', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    await nodes.visitor(two)
    const before = [one, two].map(({ bench }) => bench.app.stats().totals.broker)
    for (const text of ['a', 'b']) one.bench.app.to('lobby').send(text)
    expect(one.bench.app.stats().gauges.broker).toMatchObject({ channels: 3, bytes: 12, nodes: 1 })
    await nodes.pass()
    const [sent, got] = [one, two].map(({ bench }) => bench.app.stats().totals.broker)
    expect(sent).toEqual({ ...before[0], published: (before[0]?.published ?? 0) + 2 })
    expect(got).toEqual({ ...before[1], received: (before[1]?.received ?? 0) + 2 })
    expect(two.bench.app.stats().gauges.broker).toMatchObject({ channels: 4, bytes: 0, nodes: 1 })
  })
})
