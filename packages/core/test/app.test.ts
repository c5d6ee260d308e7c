import { describe, expect, it, vi } from 'vitest'
import { Linkspan, linkspan } from '../src/app.js'
import type { Connection } from '../src/connection.js'
import { Bench, FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'

const thrown = (code: string): unknown => expect.objectContaining({ name: 'LinkspanError', code })

describe('an application', () => {
  it('is made by a function or by its class, and knows its options', () => {
    expect(linkspan()).toBeInstanceOf(Linkspan)
    expect(linkspan({ name: 'chat' }).options.name).toBe('chat')
    expect(new Linkspan().options.name).toBe('linkspan')
    expect(() => linkspan({ maxPayload: 0 })).toThrow(thrown('LINKSPAN_OPTION'))
  })

  it('is built in one chain', () => {
    const app = linkspan()
    expect(app.use((_conn, next) => next())).toBe(app)
    expect(app.message(() => {})).toBe(app)
    const listener = (): void => {}
    expect(app.on('open', listener)).toBe(app)
    expect(app.off('open', listener)).toBe(app)
  })

  it('drops messages that nobody handles', async () => {
    const { conn, transport } = await Bench.open().connect()
    transport.receive('hello')
    expect(conn.state).toBe('active')
    expect(transport.calls).toEqual([])
  })

  it('tells a listener nothing any more once it is gone', async () => {
    const bench = Bench.open()
    const listener = vi.fn()
    bench.app.on('open', listener)
    bench.app.off('open', listener)
    await bench.connect()
    expect(listener).not.toHaveBeenCalled()
  })
})

describe('what is added while connections live', () => {
  it('affects those that come later only', async () => {
    const bench = Bench.open()
    const first = await bench.connect()
    const entered: string[] = []
    bench.app.use((conn, next) => {
      entered.push(conn.id)
      return next()
    })
    bench.app.message((conn) => void conn.send('handled'))
    const second = await bench.connect()
    first.transport.receive('hello')
    second.transport.receive('hello')
    expect(entered).toEqual([second.conn.id])
    expect(first.transport.sent).toEqual([])
    expect(second.transport.sent).toEqual(['handled'])
  })
})

describe('before any middleware', () => {
  function guarded(options: Parameters<typeof Bench.open>[0]): { bench: Bench; entered(): number } {
    let entered = 0
    const bench = Bench.open(options).with((app) =>
      app.use((_conn, next) => {
        entered += 1
        return next()
      }),
    )
    return { bench, entered: () => entered }
  }

  const answer = ({ rejected }: FakeHandshake): unknown => ({
    status: rejected?.status,
    ...(JSON.parse(rejected?.body ?? '{}') as object),
  })

  it('a foreign origin is refused with 403', async () => {
    const { bench, entered } = guarded({ origin: 'same' })
    const handshake = bench.arrive({ headers: { host: 'chat.example', origin: 'https://evil.example' } })
    await turn()
    expect(answer(handshake)).toMatchObject({
      status: 403,
      detail: 'this origin may not connect',
      code: 4003,
    })
    expect(entered()).toBe(0)
  })

  it('an origin function that throws refuses with 500, and is reported', async () => {
    const { bench, entered } = guarded({
      origin: () => {
        throw new Error('no list')
      },
    })
    const handshake = bench.arrive()
    await turn()
    expect(answer(handshake)).toMatchObject({ status: 500, code: 1011 })
    expect(handshake.rejected?.body).not.toContain('no list')
    expect(bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_MIDDLEWARE', message: 'the origin function threw.', cause: new Error('no list') },
    ])
    expect(entered()).toBe(0)
  })

  it('an origin function that answers a promise lets nobody in', async () => {
    const { bench } = guarded({ origin: (() => Promise.resolve(true)) as unknown as () => boolean })
    const handshake = bench.arrive()
    await turn()
    expect(answer(handshake)).toMatchObject({ status: 500 })
    expect(bench.errors).toEqual(['LINKSPAN_OPTION'])
  })

  it('a missing subprotocol is refused with 400 where one is required', async () => {
    const { bench, entered } = guarded({ protocols: ['v2', 'v1'], requireProtocol: true })
    const handshake = bench.arrive({ headers: { 'sec-websocket-protocol': 'v3' } })
    expect(answer(handshake)).toMatchObject({
      status: 400,
      detail: 'one of these subprotocols is needed: v2, v1',
      code: 1008,
    })
    expect(entered()).toBe(0)
    const { conn } = await bench.connect({ headers: { 'sec-websocket-protocol': 'v3, v1' } })
    expect(conn.protocol).toBe('v1')
  })

  it('one too many is refused with 503 and Retry-After, until somebody leaves', async () => {
    const { bench, entered } = guarded({ maxConnections: 2 })
    const { transport } = await bench.connect()
    await bench.connect()
    const handshake = bench.arrive()
    expect(answer(handshake)).toMatchObject({ status: 503, detail: 'too many connections', code: 1013 })
    expect(handshake.rejected?.headers).toMatchObject({ 'retry-after': '1' })
    expect(entered()).toBe(2)
    transport.closed(1000)
    await turn()
    await bench.connect()
    expect(entered()).toBe(3)
  })

  it('what costs least is asked first', () => {
    const origin = vi.fn(() => true)
    const { bench } = guarded({ maxConnections: 0, origin })
    expect(answer(bench.arrive())).toMatchObject({ status: 503 })
    expect(origin).not.toHaveBeenCalled()
  })

  it('a refusal is told of like any other, with exactly one close', async () => {
    const { bench } = guarded({ maxConnections: 0 })
    bench.arrive()
    await turn()
    expect(bench.told.map(({ event }) => event)).toEqual(['transition', 'reject', 'transition', 'close'])
    expect(bench.app.connections.size).toBe(0)
    expect(bench.clock.pending).toBe(0)
    expect(bench.logged).toMatchObject([
      { level: 'warn', fields: { event: 'connection.refused', status: 503, code: 1013, by: 'server' } },
    ])
  })
})

describe('broadcast', () => {
  it('reaches every active connection, and no other', async () => {
    let open = (): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        if (conn.request.path !== '/slow') return next()
        await new Promise<void>((resolve) => {
          open = resolve
        })
        return next()
      }),
    )
    const [ada, bob] = [await bench.connect(), await bench.connect()]
    const connecting = bench.arrive({ url: '/slow' })
    await turn()
    bob.conn.close()
    bench.app.broadcast('hello')
    open()
    await turn()
    expect(ada.transport.sent).toEqual(['hello'])
    expect(bob.transport.sent).toEqual([])
    expect(connecting.transport.sent).toEqual([])
  })
})

describe('topics that belong to scopes', () => {
  it('are addressed through their scope', async () => {
    const bench = Bench.open({ scope: (conn) => conn.request.headers['x-tenant'] })
    const [acme, evil] = [
      await bench.connect({ headers: { 'x-tenant': 'acme' } }),
      await bench.connect({ headers: { 'x-tenant': 'evil' } }),
    ]
    for (const { conn } of [acme, evil]) conn.join('room')
    bench.app.scope('acme').to('room').send('hello')
    expect([acme.transport.sent, evil.transport.sent]).toEqual([['hello'], []])
    expect(() => bench.app.to('room')).toThrow(thrown('LINKSPAN_SCOPE'))
  })

  it('may be addressed also in an app without scopes, where nobody is in them', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.join('room')
    bench.app.scope('acme').to('room').send('hello')
    expect(transport.sent).toEqual([])
  })

  it('have names like all others', () => {
    const bench = Bench.open()
    expect(() => bench.app.to('')).toThrow(thrown('LINKSPAN_TOPIC'))
    expect(() => bench.app.scope('acme').to('')).toThrow(thrown('LINKSPAN_TOPIC'))
  })
})

describe('disconnect', () => {
  async function crowd(): Promise<{ bench: Bench; conns: Connection<{}>[]; close(): Promise<void> }> {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: conn.request.path.slice(1) })
        return next()
      }),
    )
    const pairs = [
      await bench.connect({ url: '/ada' }),
      await bench.connect({ url: '/ada' }),
      await bench.connect({ url: '/bob' }),
    ]
    const close = async (): Promise<void> => {
      for (const { conn, transport } of pairs) if (conn.state === 'closing') transport.closed(4000)
      await turn()
    }
    return { bench, conns: pairs.map(({ conn }) => conn), close }
  }

  it('closes one connection with 4000, and resolves when it is closed', async () => {
    const { bench, conns, close } = await crowd()
    let count: number | undefined
    void bench.app.disconnect(conns[0] as Connection<{}>).then((closed) => {
      count = closed
    })
    await turn()
    expect(conns.map(({ state }) => state)).toEqual(['closing', 'active', 'active'])
    expect(count).toBeUndefined()
    await close()
    expect(count).toBe(1)
    expect(bench.end).toMatchObject({ code: 4000, reason: '', by: 'server' })
  })

  it('closes everybody whom a query finds, as it is told to', async () => {
    const { bench, conns, close } = await crowd()
    const done = bench.app.disconnect({ subject: 'ada' }, { code: 4001, reason: 'revoked' })
    await turn()
    expect(conns.map(({ state }) => state)).toEqual(['closing', 'closing', 'active'])
    await close()
    expect(await done).toBe(2)
    expect(bench.of('close')).toMatchObject([
      { code: 4001, reason: 'revoked' },
      { code: 4001, reason: 'revoked' },
    ])
  })

  it('closes nobody for a query that finds nobody', async () => {
    const { bench, conns } = await crowd()
    expect(await bench.app.disconnect({ subject: 'eve' })).toBe(0)
    expect(await bench.app.disconnect({})).toBe(0)
    expect(conns.every(({ state }) => state === 'active')).toBe(true)
  })

  it('of who has gone already resolves at once', async () => {
    const { bench, conns, close } = await crowd()
    const [conn] = conns as [Connection<{}>]
    conn.close()
    await close()
    expect(await bench.app.disconnect(conn)).toBe(1)
    expect(bench.end.code).toBe(1000)
  })

  it('with a code that cannot be sent closes nobody', async () => {
    const { bench, conns } = await crowd()
    await expect(bench.app.disconnect({ subject: 'ada' }, { code: 1006 })).rejects.toMatchObject({
      code: 'LINKSPAN_CLOSE_CODE',
    })
    expect(conns.every(({ state }) => state === 'active')).toBe(true)
  })

  it('refuses who is still connecting', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        await conn.closed
        return next()
      }),
    )
    const handshake = bench.arrive()
    await turn()
    void bench.app.disconnect({ subject: 'ada' }, { code: 4001 })
    expect(handshake.rejected?.status).toBe(401)
    await bench.clock.advance(60_000)
    expect(bench.end.code).toBe(4001)
  })
})

describe('the log', () => {
  it('has one line about each connection, and nothing that a client sent in it', async () => {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: 'acme', claims: { token: 'secret' } })
        return next({ password: 'secret' })
      }),
    )
    const { conn, transport } = await bench.connect({
      url: '/chat?token=secret',
      headers: { authorization: 'Bearer secret', cookie: 'session=secret' },
    })
    transport.receive('secret')
    transport.closed(1001, 'secret')
    await turn()
    expect(bench.logged).toEqual([
      {
        level: 'debug',
        message: 'linkspan: connection opened',
        fields: {
          event: 'connection.opened',
          connection: conn.id,
          tenant: 'acme',
          via: '',
          state: 'active',
          duration: 0,
        },
      },
      {
        level: 'info',
        message: 'linkspan: connection closed',
        fields: {
          event: 'connection.closed',
          connection: conn.id,
          tenant: 'acme',
          via: '',
          state: 'closed',
          code: 1001,
          reason: '',
          by: 'peer',
          clean: true,
          wireCode: 1001,
          duration: 0,
        },
      },
    ])
    expect(JSON.stringify(bench.logged)).not.toContain('secret')
  })
})

describe('several applications', () => {
  it('know nothing of each other', async () => {
    const [one, other] = [Bench.open(), Bench.open()]
    const pair = await one.connect()
    pair.conn.join('room')
    other.app.to('room').send('hello')
    other.app.broadcast('hello')
    expect(pair.transport.sent).toEqual([])
    expect(other.app.connections.size).toBe(0)
    await other.app.drain()
    expect(pair.conn.state).toBe('active')
  })
})

describe('a handshake', () => {
  it('is taken over at once: the adapter need not wait', () => {
    const bench = Bench.open()
    const handshake = new FakeHandshake()
    expect(bench.app.handle(handshake)).toBeUndefined()
    expect(bench.app.connections.size).toBe(1)
  })
})
