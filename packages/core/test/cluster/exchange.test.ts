import { describe, expect, it } from 'vitest'
import { type Control, controlItem } from '../../src/cluster/control.js'
import { decode, encode, type Item } from '../../src/cluster/envelope.js'
import { Nodes } from './nodes.js'
import type { ScriptedLink, Verdict } from './scripted-broker.js'

const LOBBY = 'linkspan.topic.~.lobby'
const ALL = 'linkspan.all'
const UNKNOWN = { topic: undefined, scope: undefined, node: undefined, missed: undefined }

/** Two nodes with somebody in the lobby of the second, which is started so many milliseconds later. */
async function pair(options: ConstructorParameters<typeof Nodes>[0] = {}, later = 0) {
  const nodes = new Nodes(options)
  const one = await nodes.start('one')
  await nodes.pass(later)
  const two = await nodes.start('two')
  const [from, to] = [nodes.broker.link(0), nodes.broker.link(1)]
  const { transport, conn } = await nodes.visitor(two)
  const send = (text: string): string => one.bench.app.to('lobby').send(text)
  return { nodes, one, two, from, to, transport, conn, send }
}

/** What happens to what is published in the lobby. */
function inLobby(link: ScriptedLink, verdict: Verdict): void {
  link.script = ({ call, channel }) => (call === 'publish' && channel === LOBBY ? verdict : 'take')
}

/** Bytes of a node that is not there. */
function stranger(first: number, items: readonly Item[], node = 'three'): Uint8Array {
  return encode({ node, epoch: 1, run: 1, first, idle: 0, items })
}

/** Whether it is more than a reminder. */
const says = (payload: Uint8Array): boolean => (decode(payload)?.items.length ?? 0) > 0
const say = (control: Control, first = 0): Uint8Array => stranger(first, [controlItem(control)])
const text = (data: string): Item => ({ kind: 'text', data: Buffer.from(data) })

describe('messages to other nodes', () => {
  it('of one turn travel together', async () => {
    const { nodes, from, transport, send } = await pair()
    for (const one of ['a', 'b', 'c']) expect(send(one)).toBe('sent')
    await nodes.pass()
    send('d')
    await nodes.pass()
    expect(from.count('publish', LOBBY)).toBe(2)
    expect(transport.sent).toEqual(['a', 'b', 'c', 'd'])
  })

  it('whose publish hung are tried again and arrive once', async () => {
    const { nodes, two, from, transport, send } = await pair({ cluster: { timeout: 100 } })
    inLobby(from, 'swallow')
    send('once')
    await nodes.pass(50)
    expect(transport.sent).toEqual(['once'])
    inLobby(from, 'take')
    await nodes.pass(1_000)
    expect(from.count('publish', LOBBY)).toBe(2)
    expect(transport.sent).toEqual(['once'])
    expect(two.bench.app.stats().totals.broker.duplicates).toBe(1)
    expect(two.told.gap).toEqual([])
  })

  it('that a node tries again which was given up meanwhile arrive once', async () => {
    const { nodes, two, to, transport } = await pair()
    to.sink.message(
      ALL,
      say({ type: 'beat', info: { ...two.bench.app.options.cluster, node: 'three' } as never }),
    )
    to.sink.message(LOBBY, stranger(0, [text('once')]))
    await nodes.pass(20_000)
    expect(two.told.node.at(-1)).toMatchObject({ node: 'three', joined: false })
    to.sink.message(LOBBY, stranger(0, [text('once')]))
    expect(transport.sent).toEqual(['once'])
  })

  it('that a node tries again while it leaves arrive once', async () => {
    const { nodes, one, two, from, transport, send } = await pair({ cluster: { timeout: 1_000 } })
    inLobby(from, 'swallow')
    send('once')
    await nodes.pass(900)
    const drained = one.bench.app.drain()
    await nodes.pass()
    expect(two.told.node.at(-1)).toMatchObject({ node: 'one', joined: false })
    inLobby(from, 'take')
    await nodes.pass(1_000)
    await drained
    expect(from.count('publish', LOBBY)).toBe(2)
    expect(transport.sent).toEqual(['once'])
    expect(two.told.gap).toEqual([])
  })

  it('of nodes that have left are forgotten when a thousand others have', async () => {
    const { two, to, transport } = await pair()
    const bye = (node: string): void =>
      to.sink.message(ALL, stranger(0, [controlItem({ type: 'bye' })], node))
    to.sink.message(LOBBY, stranger(0, [text('once')]))
    bye('three')
    for (let other = 0; other < 999; other += 1) bye(`node-${other}`)
    to.sink.message(LOBBY, stranger(0, [text('once')]))
    expect(transport.sent).toEqual(['once'])
    bye('node-1000')
    to.sink.message(LOBBY, stranger(0, [text('once')]))
    expect(transport.sent).toEqual(['once', 'once'])
    expect(two.told.node).toHaveLength(1)
  })

  it('of a node that was given up are forgotten when a thousand others have been', async () => {
    const { nodes, two, to, transport } = await pair()
    for (let other = 0; other <= 1_000; other += 1) {
      to.sink.message(ALL, stranger(0, [controlItem({ type: 'who' })], `node-${other}`))
    }
    to.sink.message(LOBBY, stranger(0, [text('once')], 'node-0'))
    await nodes.pass(20_000)
    expect(two.told.node.filter(({ joined }) => !joined)).toHaveLength(1_001)
    to.sink.message(LOBBY, stranger(0, [text('once')], 'node-0'))
    expect(transport.sent).toEqual(['once', 'once'])
  })

  it('that are larger than the engine takes are dropped, and connections here get them', async () => {
    const { nodes, one, two, send } = await pair()
    const { transport } = await nodes.visitor(one)
    expect(send('x'.repeat(1_048_576))).toBe('dropped')
    expect(send('after')).toBe('sent')
    await nodes.pass()
    expect(transport.sent.map(({ length }) => length)).toEqual([1_048_576, 5])
    expect(one.bench.app.stats().totals.broker.dropped).toBe(1)
    expect(two.told.gap).toEqual([])
  })

  it('that the engine gave back are ignored, and so are those of nobody here', async () => {
    const { nodes, one, from, send } = await pair()
    const { transport } = await nodes.visitor(one)
    send('hello')
    await nodes.pass()
    const { received } = one.bench.app.stats().totals.broker
    for (const { channel, payload } of [...from.asked]) from.sink.message(channel, payload)
    from.sink.message(`${LOBBY}.other`, stranger(0, [text('nobody')]))
    expect(transport.sent).toEqual(['hello'])
    expect(one.bench.app.stats().totals.broker.received).toBe(received)
  })

  it('of somebody else are ignored, and told once', async () => {
    const { two, to, transport } = await pair()
    for (const bytes of [new Uint8Array(), new TextEncoder().encode('{"hello":1}')])
      to.sink.message(LOBBY, bytes)
    expect(transport.sent).toEqual([])
    expect(two.bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_BROKER', message: expect.stringContaining('Give the app a name of its own') },
    ])
  })

  it('of an ArrayBuffer are its bytes', async () => {
    const { nodes, one, transport } = await pair()
    one.bench.app.to('lobby').send(new Uint8Array([1, 2]).buffer)
    await nodes.pass()
    expect(transport.calls).toEqual([{ call: 'send', data: new Uint8Array([1, 2]), binary: true }])
  })

  it('that say nothing any node understands are ignored', async () => {
    const { two, to } = await pair()
    to.sink.message(ALL, stranger(0, [{ kind: 'control', data: Buffer.from('{') }]))
    // Where only nodes speak.
    to.sink.message('linkspan.node.two', stranger(0, [text('hello')]))
    expect(two.bench.errors).toEqual([])
    expect(two.told.node.map(({ node }) => node)).toEqual(['one'])
  })

  it('that this version does not understand are reported, and harm nothing', async () => {
    const { nodes, one, two, to, transport } = await pair()
    two.bench.app.presence('lobby').on('join', () => {})
    await nodes.pass()
    const odd = Buffer.from('{"type":"joined"}')
    for (const first of [0, 1])
      to.sink.message('linkspan.presence.~.lobby', stranger(first, [{ kind: 'control', data: odd }]))
    expect(two.bench.errors).toEqual(['LINKSPAN_BROKER', 'LINKSPAN_BROKER'])
    one.bench.app.to('lobby').send('on we go')
    await nodes.pass()
    expect(transport.sent).toEqual(['on we go'])
  })

  it('for a topic that everybody has left here reach nobody', async () => {
    const { nodes, two, conn, transport, send } = await pair()
    conn.leave('lobby')
    send('late')
    await nodes.pass()
    expect(transport.sent).toEqual([])
    expect(two.told.gap).toEqual([])
  })
})

describe('the engine', () => {
  it('is degraded after two calls that failed, until one has not', async () => {
    const { nodes, one, from, send } = await pair()
    inLobby(from, 'refuse')
    send('hello')
    await nodes.pass()
    expect(one.bench.app.brokerStatus).toBe('up')
    expect(one.bench.errors).toEqual([])
    await nodes.pass(100)
    expect(one.bench.app.brokerStatus).toBe('degraded')
    expect(send('still')).toBe('sent')
    inLobby(from, 'take')
    await nodes.pass(1_000)
    expect(one.told.broker).toMatchObject([
      { status: 'up', error: undefined },
      { status: 'degraded', error: { code: 'LINKSPAN_BROKER' } },
      { status: 'up', error: undefined },
    ])
    expect(one.bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_BROKER', cause: { message: 'the engine says no' } },
    ])
  })

  it('that hangs says so in the error', async () => {
    const { nodes, one, from, send } = await pair({ cluster: { timeout: 100 } })
    inLobby(from, 'hang')
    send('hello')
    await nodes.pass(1_000)
    expect(one.bench.of('error')).toMatchObject([{ cause: { message: 'no answer in time' } }])
  })

  it('that cannot be reached is told as an error, with what it said', async () => {
    const { nodes, one } = await pair()
    nodes.hub.cut()
    expect(one.bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_BROKER',
        message: expect.stringContaining('cannot be reached'),
        cause: { message: expect.stringContaining('cut off') },
      },
    ])
    expect(one.bench.app.brokerStatus).toBe('down')
  })

  it('that is away from the start is told too', async () => {
    const nodes = new Nodes()
    nodes.hub.cut()
    const one = await nodes.start('one')
    expect(one.told.broker).toMatchObject([{ status: 'down' }])
    nodes.hub.mend()
    await nodes.pass()
    expect(one.told.broker.map(({ status }) => status)).toEqual(['down', 'up'])
    expect(one.told.gap).toEqual([])
  })

  it('is ready when it can be reached, and everything wanted is subscribed to', async () => {
    const { nodes, one, from } = await pair()
    await one.bench.app.ready()
    nodes.hub.cut()
    let ready = false
    void one.bench.app.ready().then(() => {
      ready = true
    })
    from.script = ({ call }) => (call === 'subscribe' ? 'hang' : 'take')
    nodes.hub.mend()
    await nodes.pass()
    expect(ready).toBe(false)
    from.script = () => 'take'
    await nodes.pass(6_000)
    expect(ready).toBe(true)
  })

  it('that is back without having missed anything is no gap', async () => {
    const { one, from } = await pair()
    from.sink.down(new Error('away'))
    from.sink.up(true)
    expect(one.told.gap).toEqual([])
    expect(one.told.broker.map(({ status }) => status)).toEqual(['up', 'down', 'up'])
  })
})

describe('a gap', () => {
  it('that the engine reports is told: of a topic here, or of any', async () => {
    const { two, to } = await pair()
    to.sink.gap(LOBBY)
    to.sink.gap('linkspan.topic.~.where-nobody-is')
    to.sink.gap('linkspan.node.two')
    to.sink.gap(ALL)
    to.sink.gap()
    expect(two.told.gap).toEqual([{ ...UNKNOWN, topic: 'lobby' }, UNKNOWN, UNKNOWN])
  })

  it('of a topic that nobody is in any more concerns nobody, once it is not listened to', async () => {
    const { nodes, two, to, conn } = await pair({ cluster: { interestGrace: 100 } })
    conn.leave('lobby')
    to.sink.gap(LOBBY)
    await nodes.pass(100)
    to.sink.gap(LOBBY)
    expect(two.told.gap).toHaveLength(1)
  })

  it('has the topic as its connections know it, and the scope', async () => {
    const { nodes, two, to } = await pair({ scope: () => 'acme' })
    to.sink.gap('linkspan.topic.acme.lobby')
    await nodes.pass()
    expect(two.told.gap).toEqual([{ ...UNKNOWN, topic: 'lobby', scope: 'acme' }])
  })

  it('shows with the next message, and has its size', async () => {
    const { nodes, two, from, transport, send } = await pair()
    send('a')
    await nodes.pass()
    inLobby(from, 'lose')
    for (const one of ['b', 'c']) send(one)
    await nodes.pass()
    inLobby(from, 'take')
    send('d')
    await nodes.pass()
    expect(transport.sent).toEqual(['a', 'd'])
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'one', missed: 2 }])
    expect(two.bench.app.stats().totals.broker.missed).toBe(2)
  })

  it('after the last word is told within two beats', async () => {
    const { nodes, two, from, send } = await pair()
    send('a')
    await nodes.pass(1_000)
    inLobby(from, 'lose')
    send('b')
    await nodes.pass(100)
    inLobby(from, 'take')
    await nodes.pass(3_900)
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'one', missed: 1 }])
    await nodes.pass(20_000)
    expect(two.told.gap).toHaveLength(1)
  })

  it('after the last word is told also where nothing passed until the lease was almost over', async () => {
    const { nodes, two, from, send } = await pair()
    send('a')
    await nodes.pass(1_000)
    from.script = ({ call }) => (call === 'publish' ? 'lose' : 'take')
    send('b')
    await nodes.pass(5_500)
    from.script = () => 'take'
    expect(two.told).toMatchObject({ gap: [], node: [{ node: 'one', joined: true }] })
    await nodes.pass(4_000)
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'one', missed: 1 }])
    expect(two.told.node).toHaveLength(1)
  })

  it('after the last word is told also where little passes, and that in between', async () => {
    const { nodes, two, from, send } = await pair()
    send('a')
    await nodes.pass(1_000)
    const passing = async (verdict: Verdict, time: number): Promise<void> => {
      from.script = ({ call }) => (call === 'publish' ? verdict : 'take')
      await nodes.pass(time)
    }
    await passing('lose', 0)
    send('b')
    await passing('lose', 4_000)
    await passing('take', 2_000)
    await passing('lose', 4_000)
    await passing('take', 20_000)
    expect(two.told.node).toHaveLength(1)
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'one', missed: 1 }])
  })

  it('after the last word is told also where another word comes just before its node is given up', async () => {
    const { nodes, one, two, from, send } = await pair({}, 1_000)
    send('a')
    // It has said right before that it lives, and says so again when a lease is just over.
    await nodes.pass(1_000)
    from.script = ({ call }) => (call === 'publish' ? 'lose' : 'take')
    send('b')
    await nodes.pass(6_500)
    from.script = () => 'take'
    one.bench.app.emit('changed')
    await nodes.pass(10_000)
    expect(two.told.node).toHaveLength(1)
    expect(two.told.gap).toContainEqual({ topic: 'lobby', scope: undefined, node: 'one', missed: 1 })
  })

  it('is told where nothing passed for longer than a lease, which began anew because the engine took no beat', async () => {
    const { nodes, two, from, to, send } = await pair()
    send('a')
    await nodes.pass(1_000)
    from.script = ({ call }) => (call === 'publish' ? 'lose' : 'take')
    send('b')
    await nodes.pass(4_000)
    to.script = ({ channel }) => (channel === 'linkspan.beat' ? 'hang' : 'take')
    await nodes.pass(2_000)
    to.script = () => 'take'
    // Everything that the other one says of it has been lost as well.
    await nodes.pass(5_000)
    from.script = () => 'take'
    expect(two.told).toMatchObject({ gap: [], node: [{ node: 'one', joined: true }] })
    await nodes.pass(20_000)
    expect(two.told.node).toHaveLength(1)
    expect(two.told.gap).toEqual([UNKNOWN])
  })

  it('is none where the engine was away for longer than a lease, and has kept everything', async () => {
    const { nodes, two, from, to } = await pair()
    await nodes.pass(1_000)
    to.sink.down(new Error('away'))
    from.script = ({ call }) => (call === 'publish' ? 'lose' : 'take')
    await nodes.pass(20_000)
    from.script = () => 'take'
    to.sink.up(true)
    await nodes.pass(20_000)
    expect(two.told.node).toHaveLength(1)
    expect(two.told.gap).toEqual([])
  })

  it('in front of the first word that is heard is told, where somebody has listened long enough', async () => {
    const { nodes, two, from, send } = await pair()
    await nodes.pass(1_500)
    inLobby(from, 'lose')
    send('a')
    await nodes.pass(100)
    inLobby(from, 'take')
    send('b')
    await nodes.pass()
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'one', missed: undefined }])
  })

  it('before somebody listened is none', async () => {
    const { nodes, two, from, to, transport, conn, send } = await pair()
    conn.leave('lobby')
    await nodes.pass(6_000)
    expect(to.channels.has(LOBBY)).toBe(false)
    send('nobody listens')
    await nodes.pass(3_000)
    conn.join('lobby')
    await nodes.pass(20_000)
    send('hello')
    await nodes.pass()
    expect(transport.sent).toEqual(['hello'])
    expect(two.told.gap).toEqual([])
    expect(from.asked.filter(({ channel, payload }) => channel === LOBBY && says(payload))).toHaveLength(2)
  })

  it('is none where the topic was left before anybody could know', async () => {
    const { nodes, two, from, conn, transport, send } = await pair({ cluster: { interestGrace: 0 } })
    send('a')
    await nodes.pass(1_500)
    inLobby(from, 'lose')
    send('b')
    await nodes.pass(600)
    conn.leave('lobby')
    await nodes.pass(10_000)
    inLobby(from, 'take')
    send('c')
    await nodes.pass(100)
    conn.join('lobby')
    await nodes.pass()
    send('d')
    await nodes.pass(10_000)
    expect(transport.sent).toEqual(['a', 'd'])
    expect(two.told.gap).toEqual([])
  })

  it('is none after what came too late: that a channel was left is not known to the engine at once', async () => {
    const { nodes, two, from, to, conn, transport, send } = await pair({ cluster: { interestGrace: 0 } })
    conn.leave('lobby')
    await nodes.pass()
    send('late')
    await nodes.pass()
    const { payload } = from.asked.findLast(({ channel }) => channel === LOBBY) ?? {}
    to.sink.message(LOBBY, payload as Uint8Array)
    send('nobody hears')
    await nodes.pass(10_000)
    conn.join('lobby')
    await nodes.pass(2_000)
    send('hello')
    await nodes.pass(10_000)
    expect(transport.sent).toEqual(['hello'])
    expect(two.told.gap).toEqual([])
  })

  it('is none because of a reminder that comes after the goodbye of its node', async () => {
    const { nodes, one, two, from, to, transport, send } = await pair()
    await nodes.pass(1_500)
    send('hello')
    await nodes.pass(4_000)
    const reminder = from.asked.findLast(({ channel, payload }) => channel === LOBBY && !says(payload))
    expect(reminder).toBeDefined()
    await one.bench.app.drain()
    await nodes.pass(10_000)
    to.sink.message(LOBBY, reminder?.payload ?? new Uint8Array())
    expect(transport.sent).toEqual(['hello'])
    expect(two.told.gap).toEqual([])
    expect(two.bench.app.stats().totals.broker.missed).toBe(0)
  })

  it('is none because of a late word of a life that is over', async () => {
    const { nodes, two, to } = await pair()
    await nodes.pass(5_000)
    const word = (epoch: number, channel: string, first: number, items: readonly Item[]): void =>
      to.sink.message(channel, encode({ node: 'three', epoch, run: 1, first, idle: 0, items }))
    const lives = controlItem({ type: 'event', event: 'app:lives', payload: null })
    for (const epoch of [2, 1]) word(epoch, ALL, 0, [lives])
    for (const epoch of [2, 1]) word(epoch, LOBBY, 5, [])
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: undefined, node: 'three', missed: undefined }])
  })
})

describe('drain', () => {
  it('lets out what waits, says goodbye, and leaves the engine', async () => {
    const { nodes, one, two, from, transport, send } = await pair()
    send('last')
    const drained = one.bench.app.drain()
    await nodes.pass()
    await drained
    expect(transport.sent).toEqual(['last'])
    expect(two.told.node).toMatchObject([
      { node: 'one', joined: true },
      { node: 'one', joined: false },
    ])
    expect(from.asked.at(-1)?.call).toBe('close')
    expect(send('too late')).toBe('closed')
    expect(one.bench.app.broadcast('too late')).toBe('closed')
    expect(one.bench.errors).toEqual([])
  })

  it('leaves nothing behind', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    const { conn, transport } = await nodes.visitor(one)
    one.bench.app.presence('lobby').track(conn)
    one.bench.app.presence('hall').on('join', () => {})
    const { sink } = nodes.broker.link()
    await nodes.pass()
    // Somebody in the hall is asked for, and somebody asks who is in the lobby.
    const eve = { id: 'eve', subject: 'eve', meta: null }
    sink.message('linkspan.presence.~.hall', say({ type: 'joined', one: eve }))
    sink.gap()
    sink.message('linkspan.presence.~.lobby', say({ type: 'who' }))
    const asked = one.bench.app.cluster()
    const drained = one.bench.app.drain()
    transport.closed(1012)
    await nodes.pass()
    await Promise.all([drained, asked])
    expect(nodes.clock.pending).toBe(0)
    expect(one.bench.app.stats().gauges).toMatchObject({
      topics: 0,
      broker: { channels: 0, bytes: 0 },
      connections: { active: 0, closing: 0 },
    })
  })

  it('is told nothing any more, and tells nothing', async () => {
    const { nodes, one, from } = await pair()
    const drained = one.bench.app.drain()
    await nodes.pass()
    await drained
    const { broker, gap, node } = structuredClone({ ...one.told, broker: one.told.broker.length })
    from.sink.down(new Error('away'))
    from.sink.up(false)
    from.sink.gap()
    from.sink.message(ALL, say({ type: 'bye' }))
    from.sink.message(ALL, Buffer.from('strange'))
    expect(one.told.broker).toHaveLength(broker)
    expect(one.told).toMatchObject({ gap, node })
    expect(one.bench.errors).toEqual([])
  })

  it('with an engine that hangs takes twice the time of a call, and says so', async () => {
    const { nodes, one, from, send } = await pair({ cluster: { timeout: 100 } })
    from.script = () => 'hang'
    send('hello')
    let drained = false
    void one.bench.app.drain().then(() => {
      drained = true
    })
    await nodes.pass(199)
    expect(drained).toBe(false)
    await nodes.pass(1)
    expect(drained).toBe(true)
    expect(one.bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_BROKER', message: 'the broker did not close in time, and was left.' },
    ])
    await nodes.pass(1_000)
    expect(one.bench.app.stats().gauges.broker.bytes).toBe(0)
  })

  it('with an engine that is away waits for nothing', async () => {
    const { nodes, one, send } = await pair()
    nodes.hub.cut()
    send('lost')
    const drained = one.bench.app.drain()
    await nodes.pass()
    await drained
    expect(one.bench.app.stats().totals.broker.dropped).toBe(2)
  })

  it('leaves what others asked it unanswered, and what it asked is answered with what there is', async () => {
    const { nodes, one, to } = await pair()
    to.script = () => 'hang'
    const asked = one.bench.app.cluster({ timeout: 60_000 })
    await nodes.pass()
    const drained = one.bench.app.drain()
    await nodes.pass()
    await drained
    expect(await asked).toMatchObject({ results: [{ node: 'one' }], missingNodes: ['two'] })
  })
})
