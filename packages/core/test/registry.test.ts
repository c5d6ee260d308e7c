import { describe, expect, it } from 'vitest'
import type { HandshakeRequestInit } from '../src/request.js'
import { Bench, FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'

/** Everybody is who their header says. */
function bench(): Bench {
  return Bench.open().with((app) =>
    app.use((conn, next) => {
      const { 'x-subject': subject, 'x-tenant': tenant } = conn.request.headers
      if (subject !== undefined) conn.authenticate({ subject, ...(tenant === undefined ? {} : { tenant }) })
      return next()
    }),
  )
}

const as = (subject?: string, tenant?: string, address = '192.0.2.1'): Partial<HandshakeRequestInit> => ({
  address,
  headers: { ...(subject && { 'x-subject': subject }), ...(tenant && { 'x-tenant': tenant }) },
})

describe('the connections', () => {
  it('are there from the arrival of their upgrade until they are closed', async () => {
    const one = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        await turn()
        return next()
      }),
    )
    one.arrive()
    expect(one.app.connections.size).toBe(1)
    const { transport } = await one.connect()
    expect(one.app.connections.size).toBe(2)
    transport.sink.closed(1000, '')
    await turn()
    expect(one.app.connections.size).toBe(1)
  })

  it('are found by id, under which there is one', async () => {
    const one = bench()
    const [ada, bob] = [await one.connect(as('ada')), await one.connect(as('bob'))]
    expect(one.app.connections.get(ada.conn.id)).toBe(ada.conn)
    expect(one.app.connections.get(bob.conn.id)).toBe(bob.conn)
    const [prefix, number] = ada.conn.id.split('-')
    for (const id of [
      'nobody',
      '',
      `0000000000000000-${number}`,
      `${prefix}-0${number}`,
      `${prefix}:${number}`,
    ])
      expect(one.app.connections.get(id)).toBeUndefined()
    expect(ada.conn.id).not.toBe(bob.conn.id)
  })

  it('can be gone through, and closed meanwhile', async () => {
    const one = bench()
    const pairs = [await one.connect({}, { abrupt: true }), await one.connect({}, { abrupt: true })]
    expect([...one.app.connections]).toEqual(pairs.map(({ conn }) => conn))
    for (const conn of one.app.connections) conn.close()
    await turn()
    expect(one.app.connections.size).toBe(0)
  })
})

describe('a query', () => {
  it('finds by each of its keys, and by all of them together', async () => {
    const one = bench()
    const ada = await one.connect(as('ada', 'acme', '192.0.2.1'))
    const ada2 = await one.connect(as('ada', 'other', '192.0.2.2'))
    const bob = await one.connect(as('bob', 'acme', '192.0.2.1'))
    const nobody = await one.connect(as(undefined, undefined, '192.0.2.1'))
    for (const { conn } of [ada, bob]) conn.join('room')
    const { connections } = one.app
    expect(connections.by({ subject: 'ada' })).toEqual([ada.conn, ada2.conn])
    expect(connections.by({ tenant: 'acme' })).toEqual([ada.conn, bob.conn])
    expect(connections.by({ address: '192.0.2.1' })).toEqual([ada.conn, bob.conn, nobody.conn])
    expect(connections.by({ topic: 'room' })).toEqual([ada.conn, bob.conn])
    expect(connections.by({ subject: 'ada', tenant: 'acme' })).toEqual([ada.conn])
    expect(connections.by({ subject: 'ada', topic: 'room', address: '192.0.2.2' })).toEqual([])
    expect(connections.by({ subject: 'ada', tenant: 'nowhere' })).toEqual([])
    expect(connections.by({ subject: 'nobody', tenant: 'acme' })).toEqual([])
  })

  it('without a key finds nobody, so that nothing is closed by mistake', async () => {
    const one = bench()
    await one.connect(as('ada'))
    expect(one.app.connections.by({})).toEqual([])
    expect(one.app.connections.by({ subject: undefined } as unknown as { subject: string })).toEqual([])
  })

  it('is a snapshot', async () => {
    const one = bench()
    const { transport } = await one.connect(as('ada'))
    const found = one.app.connections.by({ subject: 'ada' })
    transport.closed(1000)
    await turn()
    expect(found).toHaveLength(1)
    expect(one.app.connections.by({ subject: 'ada' })).toEqual([])
  })

  it('stays right as connections come, authenticate and go', async () => {
    const one = bench()
    expect(one.app.connections.by({ subject: 'ada' })).toEqual([])
    expect(one.app.connections.by({ tenant: 'acme' })).toEqual([])
    expect(one.app.connections.by({ address: '192.0.2.1' })).toEqual([])
    const first = await one.connect(as('ada', 'acme'))
    const second = await one.connect(as('ada', 'acme'))
    const third = await one.connect(as('ada'))
    const { connections } = one.app
    expect(connections.by({ subject: 'ada' })).toHaveLength(3)
    expect(connections.by({ tenant: 'acme' })).toEqual([first.conn, second.conn])
    for (const { transport } of [first, third]) transport.closed(1000)
    await turn()
    expect(connections.by({ subject: 'ada' })).toEqual([second.conn])
    expect(connections.by({ tenant: 'acme' })).toEqual([second.conn])
    expect(connections.by({ address: '192.0.2.1' })).toEqual([second.conn])
    second.transport.closed(1000)
    await turn()
    expect(connections.by({ subject: 'ada' })).toEqual([])
    expect(connections.by({ address: '192.0.2.1' })).toEqual([])
  })

  it('finds who is not active yet', async () => {
    const one = Bench.open()
    one.arrive({ address: '192.0.2.9' })
    expect(one.app.connections.by({ address: '192.0.2.9' })).toHaveLength(1)
  })

  it('costs nothing until the first of its kind: what nobody asks for is not looked up', async () => {
    const one = bench()
    let reads = 0
    const handshake = new FakeHandshake()
    Object.defineProperty(handshake.request, 'address', {
      get: () => {
        reads += 1
        return '192.0.2.1'
      },
    })
    one.app.handle(handshake)
    await turn()
    one.app.connections.by({ subject: 'ada', tenant: 'acme' })
    expect(reads).toBe(0)
    expect(one.app.connections.by({ address: '192.0.2.1' })).toHaveLength(1)
    expect(reads).toBe(1)
    one.app.connections.by({ address: '192.0.2.1' })
    expect(reads).toBe(1)
  })

  it('for a topic is told that topics belong to scopes, where they do', async () => {
    const scoped = Bench.open({ scope: () => 'acme' })
    const { conn } = await scoped.connect()
    conn.join('room')
    expect(() => scoped.app.connections.by({ topic: 'room' })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_SCOPE' }),
    )
  })
})
