import { describe, expect, it } from 'vitest'
import type { Presence } from '../../src/cluster/presence.js'
import type { PresenceEvent } from '../../src/cluster/presence-room.js'
import { Bench } from '../fake.js'
import { type Node, Nodes } from './nodes.js'

const EVENTS = ['join', 'leave', 'update'] as const

/** Writes down what happens in a room: the event, who, and with how many connections. */
function listen(room: Presence): [PresenceEvent, string, number][] {
  const told: [PresenceEvent, string, number][] = []
  for (const event of EVENTS) {
    room.on(event, ({ subject, connections }) => told.push([event, subject, connections.length]))
  }
  return told
}

/** The same people as everybody: the `user` of the query is who somebody is. */
async function nodesWithUsers(count: number) {
  const nodes = new Nodes()
  const started: Node[] = []
  for (let index = 0; index < count; index += 1) {
    const node = await nodes.start(`node-${index}`)
    node.bench.app.use((conn, next) => {
      const subject = conn.request.query.get('user')
      if (subject !== null) conn.authenticate({ subject })
      return next()
    })
    started.push(node)
  }
  return { nodes, started }
}

describe('who tracks a connection', () => {
  it('may give anything that is JSON, up to 4,096 characters, and others see it as JSON gives it back', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const room = bench.app.presence('lobby')
    const metas: readonly [unknown, unknown][] = [
      [undefined, null],
      [null, null],
      [{ at: new Date(0), none: undefined }, { at: '1970-01-01T00:00:00.000Z' }],
      ['x'.repeat(4_094), 'x'.repeat(4_094)],
    ]
    for (const [meta, seen] of metas) {
      room.track(conn, meta)
      expect(room.list()[0]?.connections[0]?.meta).toEqual(seen)
    }
  })

  it('may not give more, nor what is no JSON', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const room = bench.app.presence('lobby')
    for (const meta of ['x'.repeat(4_095), 7n, () => {}, Symbol('no')]) {
      expect(() => room.track(conn, meta)).toThrow(
        expect.objectContaining({
          code: 'LINKSPAN_OPTION',
          message: 'track() takes metadata of at most 4096 characters of JSON.',
        }),
      )
    }
    expect(room.list()).toEqual([])
  })

  it('says what the metadata was then, whatever becomes of it', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const meta = { mood: 'well' }
    const room = bench.app.presence<typeof meta>('lobby')
    room.track(conn, meta)
    meta.mood = 'ill'
    expect(room.list()[0]?.connections[0]?.meta.mood).toBe('well')
  })

  it('may do so again: it replaces', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const room = bench.app.presence('lobby')
    const told = listen(room)
    room.track(conn, 1)
    room.track(conn, 2)
    expect(told).toEqual([
      ['join', conn.id, 1],
      ['update', conn.id, 1],
    ])
    expect(room.list()[0]?.connections).toMatchObject([{ meta: 2 }])
  })

  it('before it is active makes it present when it is', async () => {
    const bench = Bench.open()
    const room = bench.app.presence('lobby')
    const told = listen(room)
    let early: unknown
    bench.app.use(async (conn, next) => {
      room.track(conn, 'early')
      bench.app.presence('hall').track(conn)
      bench.app.presence('hall').untrack(conn)
      early = room.list()
      conn.authenticate({ subject: 'ada' })
      return next()
    })
    await bench.connect()
    expect(early).toEqual([])
    expect(told).toEqual([['join', 'ada', 1]])
    expect(bench.app.presence('hall').list()).toEqual([])
  })

  it('which is then refused makes nobody present', async () => {
    const bench = Bench.open()
    const room = bench.app.presence('lobby')
    const told = listen(room)
    bench.app.use((conn) => {
      room.track(conn)
      return conn.reject({ status: 403 })
    })
    bench.arrive()
    await bench.clock.advance(0)
    expect(bench.end.code).toBe(4003)
    expect(told).toEqual([])
  })

  it('that is over does nothing', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    conn.close()
    bench.app.presence('lobby').track(conn)
    expect(bench.app.presence('lobby').list()).toEqual([])
  })

  it('does so in its own scope', async () => {
    const bench = Bench.open({ scope: () => 'acme' })
    const { conn } = await bench.connect()
    expect(() => bench.app.scope('other').presence('lobby').track(conn)).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_SCOPE' }),
    )
    bench.app.scope('acme').presence('lobby').track(conn)
    expect(bench.app.scope('acme').presence('lobby').list()).toHaveLength(1)
    expect(bench.app.scope('other').presence('lobby').list()).toEqual([])
    expect(bench.app.scope('acme').presence('hall').list()).toEqual([])
  })

  it('before it is active hears of another scope as an error', async () => {
    const bench = Bench.open({ scope: () => 'acme' })
    bench.app.use((conn, next) => {
      bench.app.scope('other').presence('lobby').track(conn)
      return next()
    })
    const { conn } = await bench.connect()
    expect(bench.told.filter(({ event }) => event === 'error')).toMatchObject([
      { with: { code: 'LINKSPAN_SCOPE' }, conn },
    ])
    expect(bench.app.scope('other').presence('lobby').list()).toEqual([])
    conn.close()
    expect(bench.errors).toHaveLength(1)
  })
})

describe('a connection is present', () => {
  it.each<[string, (room: Presence, pair: Awaited<ReturnType<Bench['connect']>>) => void]>([
    ['it is untracked', (room, { conn }) => room.untrack(conn)],
    ['it leaves the topic', (_room, { conn }) => conn.leave('lobby')],
    ['it closes', (_room, { conn }) => conn.close()],
    ['it is gone', (_room, { transport }) => transport.closed(1006)],
  ])('until %s', async (_, end) => {
    const bench = Bench.open()
    const pair = await bench.connect()
    const room = bench.app.presence('lobby')
    const told = listen(room)
    room.track(pair.conn)
    end(room, pair)
    await bench.clock.advance(0)
    expect(told).toEqual([
      ['join', pair.conn.id, 1],
      ['leave', pair.conn.id, 0],
    ])
    room.untrack(pair.conn)
    expect(told).toHaveLength(2)
  })

  it('in several topics, and leaves each for itself', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const [lobby, hall] = [bench.app.presence('lobby'), bench.app.presence('hall')]
    lobby.track(conn)
    hall.track(conn)
    lobby.untrack(conn)
    expect([lobby.list().length, hall.list().length]).toEqual([0, 1])
    conn.close()
    expect(hall.list()).toEqual([])
  })

  it('without being in the topic, and the other way round', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    bench.app.presence('lobby').track(conn)
    expect(conn.topics.size).toBe(0)
    conn.join('hall')
    expect(bench.app.presence('hall').list()).toEqual([])
    bench.app.presence('nowhere').untrack(conn)
  })
})

describe('somebody with several connections', () => {
  it('on several nodes joins and leaves once', async () => {
    const { nodes, started } = await nodesWithUsers(2)
    const [one, two] = started as [Node, Node]
    const rooms = [one, two].map(({ bench }) => bench.app.presence('lobby'))
    const told = rooms.map(listen)
    await nodes.pass(100)
    const ada = [
      await one.bench.connect({ url: '/?user=ada' }),
      await two.bench.connect({ url: '/?user=ada' }),
    ]
    const bob = await two.bench.connect({ url: '/?user=bob' })
    rooms[0]?.track(ada[0]?.conn as never)
    await nodes.pass()
    rooms[1]?.track(ada[1]?.conn as never)
    rooms[1]?.track(bob.conn)
    await nodes.pass()
    expect(rooms[0]?.list()).toEqual(rooms[1]?.list())
    const asked = rooms[0]?.members()
    await nodes.pass()
    expect(await asked).toEqual({ results: rooms[0]?.list(), missingNodes: [] })
    for (const { conn } of ada) {
      conn.close()
      await nodes.pass()
    }
    const expected = [
      ['join', 'ada', 1],
      ['update', 'ada', 2],
      ['join', 'bob', 1],
      ['update', 'ada', 1],
      ['leave', 'ada', 0],
    ]
    expect(told).toEqual([expected, expected])
  })
})

describe('listeners', () => {
  it('that throw are told as an error, and the others hear all the same', async () => {
    const bench = Bench.open()
    const { conn } = await bench.connect()
    const room = bench.app.presence('lobby')
    room.on('join', () => {
      throw new Error('no')
    })
    const told = listen(room)
    room.track(conn)
    expect(told).toHaveLength(1)
    expect(bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_LISTENER', message: expect.stringContaining("'join'"), cause: { message: 'no' } },
    ])
  })

  it('are taken away again, on any of the topic’s presences, and with the last one the room goes', async () => {
    const nodes = new Nodes({ cluster: { interestGrace: 100 } })
    const { bench } = await nodes.start('one')
    const heard: string[] = []
    const listener = ({ subject }: { subject: string }): void => {
      heard.push(subject)
    }
    const { channels } = bench.app.stats().gauges.broker
    bench.app.presence('lobby').off('join', listener)
    bench.app.presence('lobby').on('join', listener).on('leave', listener)
    await nodes.pass()
    expect(bench.app.stats().gauges.broker.channels).toBe(channels + 1)
    bench.app.presence('lobby').off('join', listener)
    const { conn } = await bench.connect()
    bench.app.presence('lobby').track(conn)
    expect(heard).toEqual([])
    bench.app.presence('lobby').off('leave', listener)
    conn.close()
    await nodes.pass(100)
    expect(heard).toEqual([])
    expect(bench.app.stats().gauges.broker.channels).toBe(channels)
  })

  it('that change who is present leave all nodes with the same', async () => {
    const { nodes, started } = await nodesWithUsers(2)
    const [one, two] = started as [Node, Node]
    const there = two.bench.app.presence('lobby')
    listen(there)
    await nodes.pass(100)
    const { conn } = await one.bench.connect()
    const here = one.bench.app.presence('lobby')
    const untrack = (): void => here.untrack(conn)
    here.on('join', untrack)
    here.track(conn)
    await nodes.pass()
    expect([here.list(), there.list()]).toEqual([[], []])
    here.off('join', untrack)
    here.track(conn)
    let left = 0
    here.on('leave', () => {
      left += 1
      if (left === 1) here.track(conn)
    })
    here.untrack(conn)
    await nodes.pass()
    expect([here.list().length, there.list().length]).toEqual([1, 1])
  })
})

describe('members', () => {
  it('are as many as there are, and more than the engine takes at once, or the buffer holds', async () => {
    const nodes = new Nodes({ cluster: { buffer: 100_000 } })
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    for (const link of nodes.broker.links) link.maxPayload = 65_536
    for (let index = 0; index < 100; index += 1) {
      const { conn } = await one.bench.connect()
      one.bench.app.presence('lobby').track(conn, 'x'.repeat(4_000))
      await nodes.pass()
    }
    const asked = two.bench.app.presence('lobby').members({ timeout: 1_000 })
    for (let turn = 0; turn < 50; turn += 1) await nodes.pass()
    const { results, missingNodes } = await asked
    expect([results.length, missingNodes]).toEqual([100, []])
  })

  it('are asked of all nodes, and who does not answer is named', async () => {
    const { nodes, started } = await nodesWithUsers(3)
    const [one, two, three] = started as [Node, Node, Node]
    for (const { bench } of [one, two, three]) {
      const { conn } = await bench.connect({ url: '/?user=ada' })
      bench.app.presence('lobby').track(conn)
    }
    await nodes.pass()
    const asker = await nodes.start('node-3')
    nodes.hub.cut([...nodes.hub.nodes][2] as never)
    const asked = asker.bench.app.presence('lobby').members({ timeout: 500 })
    await nodes.pass(500)
    const { results, missingNodes } = await asked
    expect(results).toMatchObject([{ subject: 'ada', connections: [{ node: 'node-0' }, { node: 'node-1' }] }])
    expect(missingNodes).toEqual(['node-2'])
    expect(asker.bench.app.presence('lobby').list()).toEqual([])
  })
})
