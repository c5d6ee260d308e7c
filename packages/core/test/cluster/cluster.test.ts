import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { Nodes } from './nodes.js'

describe('a message for a topic', () => {
  it('reaches its members on other nodes, once, and not whoever sent it', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const ada = await nodes.visitor(one)
    const bob = await nodes.visitor(one)
    const eve = await nodes.visitor(two)
    ada.transport.receive('hello')
    await nodes.pass()
    expect([ada, bob, eve].map(({ transport }) => transport.sent)).toEqual([[], ['hello'], ['hello']])
  })

  it('keeps its kind and its bytes', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { transport } = await nodes.visitor(two)
    expect(one.bench.app.to('lobby').send(new Uint8Array([0, 255]))).toBe('sent')
    one.bench.app.to('lobby').send('grüezi')
    await nodes.pass()
    expect(transport.calls).toMatchObject([
      { call: 'send', binary: true, data: new Uint8Array([0, 255]) },
      { call: 'send', binary: false, data: new TextEncoder().encode('grüezi') },
    ])
  })

  it('is for its application alone', async () => {
    const nodes = new Nodes()
    const chat = await nodes.start('one', { name: 'chat' })
    const shop = await nodes.start('two', { name: 'shop' })
    const { transport } = await nodes.visitor(shop)
    chat.bench.app.to('lobby').send('hello')
    await nodes.pass()
    expect(transport.sent).toEqual([])
  })

  it('costs a node nothing that has nobody there', async () => {
    const nodes = new Nodes({ cluster: { interestGrace: 100 } })
    const arrived: string[] = []
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const link = [...nodes.hub.nodes][1]
    expect(link).toBeDefined()
    const { conn } = await nodes.visitor(two)
    conn.leave('lobby')
    await nodes.pass(200)
    const { received } = two.bench.app.stats().totals.broker
    one.bench.app.to('lobby').send('hello')
    await nodes.pass()
    expect(two.bench.app.stats().totals.broker.received).toBe(received)
    expect(arrived).toEqual([])
  })
})

describe('a broker that is away', () => {
  it('keeps what is sent until it is back, and tells that something may be missing', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { transport } = await nodes.visitor(two)
    nodes.hub.cut()
    await nodes.pass()
    expect(one.told.broker.map(({ status }) => status)).toEqual(['up', 'down'])
    expect(one.bench.app.to('lobby').send('late')).toBe('queued')
    nodes.hub.mend()
    await nodes.pass(1_000)
    expect(transport.sent).toEqual(['late'])
    expect(two.told.gap).toEqual([{ topic: undefined, scope: undefined, node: undefined, missed: undefined }])
    expect(two.told.broker.map(({ status }) => status)).toEqual(['up', 'down', 'up'])
  })

  it('drops what the buffer cannot hold, and others see how much', async () => {
    const nodes = new Nodes({ cluster: { buffer: 100 } })
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { transport } = await nodes.visitor(two)
    one.bench.app.to('lobby').send('before')
    await nodes.pass()
    nodes.hub.cut()
    await nodes.pass()
    const answers = [1, 2, 3].map(() => one.bench.app.to('lobby').send('x'.repeat(60)))
    expect(answers).toEqual(['queued', 'dropped', 'dropped'])
    nodes.hub.mend()
    await nodes.pass(1_000)
    one.bench.app.to('lobby').send('after')
    await nodes.pass()
    expect(transport.sent).toEqual(['before', 'x'.repeat(60), 'after'])
    expect(two.told.gap).toContainEqual({ topic: 'lobby', scope: undefined, node: 'one', missed: 2 })
  })
})

describe('nodes', () => {
  it('hear of each other, and of who leaves or dies', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const three = await nodes.start('three')
    expect(await answer(one)).toMatchObject({
      results: [{ node: 'one' }, { node: 'two' }, { node: 'three' }],
    })
    await two.bench.app.drain()
    await nodes.pass()
    nodes.hub.cut([...nodes.hub.nodes][1] as never)
    await nodes.pass(10_000)
    expect(one.told.node).toMatchObject([
      { node: 'two', joined: true },
      { node: 'three', joined: true },
      { node: 'two', joined: false },
      { node: 'three', joined: false },
    ])
    expect(three.told.broker.at(-1)).toMatchObject({ status: 'down' })
    async function answer({ bench }: typeof one): Promise<unknown> {
      const asked = bench.app.cluster()
      await nodes.pass()
      return asked
    }
  })

  it('who does not answer is named', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    await nodes.start('two')
    nodes.hub.cut([...nodes.hub.nodes][1] as never)
    const asked = one.bench.app.cluster({ timeout: 500 })
    await nodes.pass(500)
    expect(await asked).toMatchObject({ results: [{ node: 'one' }], missingNodes: ['two'] })
  })

  it('disconnect on all of them', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const ada = await nodes.visitor(one)
    const eve = await nodes.visitor(two)
    const asked = one.bench.app.disconnect({ topic: 'lobby' }, { reason: 'enough' })
    await nodes.pass()
    for (const { transport } of [ada, eve]) {
      expect(transport.calls).toEqual([{ call: 'close', code: 4000, reason: 'enough' }])
      transport.closed(4000)
    }
    await nodes.pass()
    expect(await asked).toBe(2)
  })

  it('tell each other', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const heard: unknown[] = []
    two.bench.app.onNode<{ product: number }>('changed', ({ product }, from) => heard.push([product, from]))
    expect(one.bench.app.emit('changed', { product: 7 })).toBe('sent')
    await nodes.pass()
    expect(heard).toEqual([[7, 'one']])
  })

  it('send to everybody', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { transport } = await two.bench.connect()
    two.bench.app.use((conn, next) => (conn.request.path === '/slow' ? new Promise<never>(() => {}) : next()))
    const slow = two.bench.arrive({ url: '/slow' })
    one.bench.app.broadcast('all')
    await nodes.pass()
    expect(transport.sent).toEqual(['all'])
    expect(slow.accepted).toBe(false)
  })
})

describe('presence', () => {
  it('is the same on all nodes, and somebody with two connections is there once', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const events: unknown[] = []
    const room = two.bench.app.presence('lobby')
    for (const event of ['join', 'leave', 'update'] as const) {
      room.on(event, ({ subject, connections }) => events.push([event, subject, connections.length]))
    }
    await nodes.pass()
    const app = one.bench.app.use((conn, next) => {
      conn.authenticate({ subject: 'ada' })
      return next()
    })
    expect(app).toBe(one.bench.app)
    const first = await one.bench.connect()
    const second = await one.bench.connect()
    one.bench.app.presence('lobby').track(first.conn, { mood: 'well' })
    one.bench.app.presence('lobby').track(second.conn)
    await nodes.pass()
    expect(room.list()).toEqual([
      {
        subject: 'ada',
        connections: [
          { id: first.conn.id, node: 'one', meta: { mood: 'well' } },
          { id: second.conn.id, node: 'one', meta: null },
        ],
      },
    ])
    first.conn.close()
    await nodes.pass()
    second.conn.close()
    await nodes.pass()
    expect(events).toEqual([
      ['join', 'ada', 1],
      ['update', 'ada', 2],
      ['update', 'ada', 1],
      ['leave', 'ada', 0],
    ])
  })

  it('of a node that dies ends with its lease', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const gone: string[] = []
    const { conn } = await one.bench.connect()
    one.bench.app.presence('lobby').track(conn)
    const room = two.bench.app.presence('lobby').on('leave', ({ subject }) => gone.push(subject))
    await nodes.pass(100)
    expect(room.list()).toHaveLength(1)
    nodes.hub.cut([...nodes.hub.nodes][0] as never)
    await nodes.pass(5_000)
    expect(gone).toEqual([])
    await nodes.pass(3_000)
    expect(gone).toEqual([conn.id])
    expect(room.list()).toEqual([])
    nodes.hub.mend()
    await nodes.pass(3_000)
    expect(room.list()).toHaveLength(1)
  })

  it('can be asked for by a node that does not listen', async () => {
    const nodes = new Nodes()
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const { conn } = await one.bench.connect()
    one.bench.app.presence('lobby').track(conn)
    const asked = two.bench.app.presence('lobby').members()
    await nodes.pass()
    expect(await asked).toMatchObject({ results: [{ subject: conn.id }], missingNodes: [] })
  })

  it('does not answer a question that it has no room for, and is missing there', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    const two = await nodes.start('two', { cluster: { buffer: 100 } })
    const link = nodes.broker.links[1]
    assert(link !== undefined)
    link.script = ({ call }) => (call === 'publish' ? 'hang' : 'take')
    two.bench.app.to('lobby').send('under way')
    await nodes.pass()
    two.bench.app.to('lobby').send('x'.repeat(60))
    const answer = one.bench.app.cluster({ timeout: 500 })
    await nodes.pass(500)
    expect((await answer).missingNodes).toEqual(['two'])
    expect(two.bench.errors).toEqual([])
  })
})
