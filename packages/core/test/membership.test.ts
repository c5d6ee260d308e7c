import { describe, expect, it } from 'vitest'
import { arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('a member', () => {
  it('is in the topics that it has joined and not left, under the names it knows them by', async () => {
    const bench = Bench.open({ scope: () => 'acme' })
    const { conn } = await bench.connect()
    conn.join('room')
    conn.join('hall')
    conn.join('room')
    expect([...conn.topics]).toEqual(['room', 'hall'])
    conn.leave('room')
    conn.leave('nowhere')
    expect([...conn.topics]).toEqual(['hall'])
    expect(bench.app.stats().gauges.topics).toBe(1)
  })

  it('of nothing is in no topic, and may leave any', async () => {
    const { conn } = await Bench.open().connect()
    expect(conn.topics.size).toBe(0)
    conn.leave('room')
    expect(conn.topics.size).toBe(0)
  })

  it('leaves every topic when closing begins, and joins none after', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.join('room')
    conn.join('hall')
    conn.close()
    expect(conn.topics.size).toBe(0)
    expect(bench.app.stats().gauges.topics).toBe(0)
    conn.join('room')
    expect(conn.topics.size).toBe(0)
    bench.app.to('room').send('hello')
    expect(transport.sent).toEqual([])
  })

  it('is told of a name that is none, at any time', async () => {
    const { conn } = await Bench.open().connect()
    const none = expect.objectContaining({ code: 'LINKSPAN_TOPIC' })
    expect(() => conn.join('')).toThrow(none)
    expect(() => conn.to('')).toThrow(none)
    conn.close()
    expect(() => conn.join('')).toThrow(none)
    expect(conn.topics.size).toBe(0)
  })
})

describe('before the connection is active', () => {
  it('a join waits, and is there when it opens', async () => {
    const { bench, conn, go } = await arriving()
    conn.join('room')
    conn.join('hall')
    expect(conn.topics.size).toBe(0)
    expect(bench.app.stats().gauges.topics).toBe(0)
    let atOpen: readonly string[] = []
    bench.app.on('open', () => {
      atOpen = [...conn.topics]
    })
    await go()
    expect(atOpen).toEqual(['room', 'hall'])
    expect(bench.app.stats().gauges.topics).toBe(2)
  })

  it('a leave takes a join back', async () => {
    const { conn, go } = await arriving()
    conn.join('room')
    conn.join('hall')
    conn.leave('room')
    await go()
    expect([...conn.topics]).toEqual(['hall'])
  })

  it('a join that waits is in the scope which is settled later', async () => {
    const { bench, conn, go } = await arriving({ scope: () => 'acme' })
    conn.join('room')
    await go()
    bench.app.scope('acme').to('room').send('hello')
    expect(bench.app.stats().totals.sent).toBe(1)
    bench.app.scope('evil').to('room').send('hello')
    expect(bench.app.stats().totals.sent).toBe(1)
    expect(conn.topics.has('room')).toBe(true)
  })

  it('a refusal forgets what waits', async () => {
    const { bench, conn } = await arriving()
    conn.join('room')
    conn.close()
    await turn()
    expect(bench.app.stats().gauges.topics).toBe(0)
    expect(conn.topics.size).toBe(0)
  })

  it('a connection of a scoped app addresses nobody, for its scope is not settled', async () => {
    const { conn, go } = await arriving({ scope: () => 'acme' })
    expect(() => conn.to('room')).toThrow(expect.objectContaining({ code: 'LINKSPAN_SCOPE' }))
    await go()
    expect(() => conn.to('room').send('hello')).not.toThrow()
  })

  it('a connection of an app without scopes may address others', async () => {
    const { bench, conn } = await arriving()
    expect(() => conn.to('room').send('hello')).not.toThrow()
    expect(bench.app.stats().totals.sent).toBe(0)
  })
})

describe('a scope', () => {
  it('confines what is joined and what is addressed', async () => {
    const bench = Bench.open({ scope: (conn) => conn.request.headers['x-tenant'] })
    const arrive = (tenant: string | undefined): ReturnType<Bench['connect']> =>
      bench.connect({ headers: tenant === undefined ? {} : { 'x-tenant': tenant } })
    const [acme, acme2, evil, none] = [
      await arrive('acme'),
      await arrive('acme'),
      await arrive('evil'),
      await arrive(undefined),
    ]
    for (const { conn } of [acme, acme2, evil, none]) conn.join('room')
    acme.conn.to('room').send('from acme')
    evil.conn.to('room').send('from evil')
    evil.conn.join('4:acme:room')
    evil.conn.join(':room')
    none.conn.to('room').send('from nowhere')
    none.conn.to('4:acme:room').send('from nowhere')
    expect([acme, acme2, evil, none].map(({ transport }) => transport.sent)).toEqual([
      [],
      ['from acme'],
      [],
      [],
    ])
    expect(bench.app.stats().gauges.topics).toBe(5)
  })
})
