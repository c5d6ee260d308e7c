import { describe, expect, it } from 'vitest'
import { linkOf } from '../src/inside.js'
import { arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

const thrown = (code: string): unknown => expect.objectContaining({ name: 'LinkspanError', code })

describe('a connection', () => {
  it('shows its users nothing of its inside', async () => {
    const { conn } = await Bench.open().connect()
    expect(Object.keys(conn)).toEqual([])
    expect(Object.getOwnPropertySymbols(conn)).toEqual([])
    expect(JSON.stringify(conn)).toBe('{}')
    expect(linkOf(conn).connection).toBe(conn)
    expect(() => linkOf({})).toThrow(TypeError)
  })

  it('is the same object for everybody', async () => {
    const seen = new Set<unknown>()
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        seen.add(conn)
        return next()
      }),
    )
    bench.app.message((conn) => void seen.add(conn))
    const { conn, transport } = await bench.connect()
    transport.receive('hello')
    for (const each of bench.app.connections) seen.add(each)
    expect([...seen]).toEqual([conn])
  })

  it('knows its request, its data and its subprotocol', async () => {
    const bench = Bench.open({ protocols: ['v1'] })
    const { conn, handshake } = await bench.connect({
      url: '/a?b=c',
      headers: { 'sec-websocket-protocol': 'v1' },
    })
    expect(conn.request).toBe(handshake.request)
    expect(conn.protocol).toBe('v1')
    expect(conn.data).toEqual({})
    expect(Object.isFrozen(conn.data)).toBe(true)
  })

  it('has no subprotocol where none was chosen', async () => {
    const { conn } = await Bench.open({ protocols: ['v1'] }).connect({
      headers: { 'sec-websocket-protocol': 'v2' },
    })
    expect(conn.protocol).toBe('')
  })
})

describe('authenticate', () => {
  it('settles who it is, as a copy, and the connection is authenticated', async () => {
    const { conn, bench } = await arriving()
    expect(conn.identity).toBeNull()
    const identity = { subject: 'ada', roles: ['user'] }
    conn.authenticate(identity)
    expect(conn.state).toBe('authenticated')
    expect(conn.identity).toEqual(identity)
    identity.roles.push('admin')
    expect(conn.identity).toEqual({ subject: 'ada', roles: ['user'] })
    expect(bench.of('transition')).toEqual([{ from: 'connecting', to: 'authenticated' }])
  })

  it('is done once', async () => {
    const { conn } = await arriving()
    conn.authenticate({ subject: 'ada' })
    expect(() => conn.authenticate({ subject: 'eve' })).toThrow(thrown('LINKSPAN_STATE'))
    expect(conn.identity).toEqual({ subject: 'ada' })
  })

  it('is too late once the pipeline has ended: who did not is anonymous', async () => {
    const { conn, go } = await arriving()
    await go()
    expect(conn.identity).toBeNull()
    expect(() => conn.authenticate({ subject: 'ada' })).toThrow(thrown('LINKSPAN_STATE'))
    expect(conn.identity).toBeNull()
  })

  it('with an identity that is none changes nothing', async () => {
    const { conn } = await arriving()
    expect(() => conn.authenticate({ subject: '' })).toThrow(thrown('LINKSPAN_IDENTITY'))
    expect(conn.state).toBe('connecting')
    conn.authenticate({ subject: 'ada' })
    expect(conn.identity).toEqual({ subject: 'ada' })
  })

  it('after closing began is LINKSPAN_CLOSED', async () => {
    const { conn, handshake } = await arriving()
    handshake.abort()
    expect(() => conn.authenticate({ subject: 'ada' })).toThrow(thrown('LINKSPAN_CLOSED'))
    expect(conn.identity).toBeNull()
  })
})

describe('renew', () => {
  it('replaces the identity by a fresher one, before and after active', async () => {
    const { conn, go } = await arriving()
    conn.authenticate({ subject: 'ada', tenant: 'acme' })
    conn.renew({ subject: 'ada', tenant: 'acme', roles: ['a'] })
    expect(conn.identity).toMatchObject({ roles: ['a'] })
    await go()
    conn.renew({ subject: 'ada', tenant: 'acme', roles: ['b'] })
    expect(conn.identity).toMatchObject({ roles: ['b'] })
  })

  it.each([{ subject: 'eve', tenant: 'acme' }, { subject: 'ada', tenant: 'evil' }, { subject: 'ada' }])(
    'as somebody else throws, and changes nothing: %j',
    async (identity) => {
      const { conn } = await arriving()
      conn.authenticate({ subject: 'ada', tenant: 'acme' })
      expect(() => conn.renew(identity)).toThrow(thrown('LINKSPAN_IDENTITY'))
      expect(conn.identity).toEqual({ subject: 'ada', tenant: 'acme' })
    },
  )

  it('before authenticate, or of an anonymous connection, is a misuse', async () => {
    const { conn, go } = await arriving()
    expect(() => conn.renew({ subject: 'ada' })).toThrow(thrown('LINKSPAN_STATE'))
    await go()
    expect(() => conn.renew({ subject: 'ada' })).toThrow(thrown('LINKSPAN_STATE'))
    expect(conn.state).toBe('active')
  })

  it('after closing began is LINKSPAN_CLOSED', async () => {
    const { conn, go } = await arriving()
    conn.authenticate({ subject: 'ada' })
    await go()
    conn.close()
    expect(() => conn.renew({ subject: 'ada' })).toThrow(thrown('LINKSPAN_CLOSED'))
  })

  it('as somebody else, uncaught in a handler, closes with 4003', async () => {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        return next()
      }),
    )
    bench.app.message((conn) => conn.renew({ subject: 'eve' }))
    const { transport } = await bench.connect()
    transport.receive('I am eve')
    expect(transport.calls).toEqual([{ call: 'close', code: 4003, reason: '' }])
    expect(bench.errors).toEqual(['LINKSPAN_IDENTITY'])
  })
})

describe('reject', () => {
  it('throws, and that refuses', async () => {
    const bench = Bench.open().with((app) =>
      app.use((conn) =>
        conn.reject({ status: 429, reason: 'slow down', retryAfter: 5, headers: { 'X-Limit': '1' } }),
      ),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected).toEqual({
      status: 429,
      headers: { 'x-limit': '1', 'retry-after': '5', 'content-type': 'application/problem+json' },
      body: '{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"slow down","code":4101}',
    })
    expect(bench.of('reject')).toEqual([{ status: 429, code: 4101, reason: 'slow down' }])
    expect(bench.end).toMatchObject({ code: 4101, reason: 'slow down', by: 'server' })
  })

  it('with what cannot be sent is an error of the caller, and 500', async () => {
    const bench = Bench.open().with((app) => app.use((conn) => conn.reject({ status: 200 })))
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.errors).toEqual(['LINKSPAN_REJECTION'])
  })
})

describe('send', () => {
  it('takes nothing but a string, bytes or a message', async () => {
    const { conn, transport } = await Bench.open().connect()
    for (const data of [42, null, undefined, { text: 'hello' }, new DataView(new ArrayBuffer(1)), ['a']]) {
      expect(() => conn.send(data as unknown as string)).toThrow(thrown('LINKSPAN_MESSAGE'))
    }
    expect(transport.calls).toEqual([])
  })

  it('of a message that came in sends it on, as what it was', async () => {
    const bench = Bench.open()
    bench.app.message((conn, message) => void conn.send(message))
    const { transport } = await bench.connect()
    transport.receive('text')
    transport.receive(new Uint8Array([7]))
    expect(transport.calls).toEqual([
      { call: 'send', data: new TextEncoder().encode('text'), binary: false },
      { call: 'send', data: new Uint8Array([7]), binary: true },
    ])
  })

  it('after closing began answers so, and throws nothing', async () => {
    const { conn, transport } = await Bench.open().connect()
    conn.close()
    expect(conn.send('late')).toBe('closed')
    transport.closed(1000)
    await turn()
    expect(conn.send('later')).toBe('closed')
    expect(transport.sent).toEqual([])
  })

  it('to the dead is no leak: nothing waits for anybody', async () => {
    const { bench, conn, handshake } = await arriving()
    handshake.abort()
    expect(conn.send('late')).toBe('closed')
    expect(conn.bufferedAmount).toBe(0)
    expect(bench.app.stats().gauges.outbox.bytes).toBe(0)
  })
})

describe('bufferedAmount', () => {
  it('is what waits here and in the transport', async () => {
    const { conn, transport } = await Bench.open().connect()
    expect(conn.bufferedAmount).toBe(0)
    transport.bufferedAmount = 10
    transport.answer = 'queued'
    conn.send('1')
    conn.send('22')
    expect(conn.bufferedAmount).toBe(12)
  })

  it('of who is not open yet is what waits here', async () => {
    const { conn } = await arriving()
    conn.send('grüße')
    expect(conn.bufferedAmount).toBe(7)
  })
})

describe('signal', () => {
  it('is aborted when closing begins, and says why', async () => {
    const { conn } = await Bench.open().connect()
    const { signal } = conn
    expect(conn.signal).toBe(signal)
    expect(signal.aborted).toBe(false)
    conn.close()
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({
      code: 'LINKSPAN_CLOSED',
      message: 'the connection began to close.',
    })
  })

  it('that is first asked for after closing began is aborted from the start', async () => {
    const { conn } = await Bench.open().connect()
    conn.close()
    expect(conn.signal.aborted).toBe(true)
    expect(conn.signal).toBe(conn.signal)
  })
})

describe('closed', () => {
  it('resolves when nothing is left, with how it ended', async () => {
    const { conn, transport } = await Bench.open().connect()
    let info: unknown
    void conn.closed.then((end) => {
      info = end
    })
    conn.close(4000, 'bye')
    await turn()
    expect(info).toBeUndefined()
    transport.closed(4000)
    await turn()
    expect(info).toMatchObject({ code: 4000, reason: 'bye' })
    expect(conn.closed).toBe(conn.closed)
  })

  it('that is first asked for afterwards has resolved', async () => {
    const { bench, ...rest } = { bench: Bench.open() }
    const { conn, transport } = { ...rest, ...(await bench.connect()) }
    transport.closed(1001)
    await turn()
    expect(await conn.closed).toBe(bench.end)
  })

  it('that is first asked for while it closes resolves in the end', async () => {
    const { conn, transport } = await Bench.open().connect()
    conn.close(4000)
    const { closed } = conn
    transport.closed(4000)
    expect(await closed).toMatchObject({ code: 4000 })
  })
})

describe('close', () => {
  it.each([1005, 1006, 1015, 9999, 0, 1004])('with %d throws, and closes nothing', async (code) => {
    const { conn, transport } = await Bench.open().connect()
    expect(() => conn.close(code)).toThrow(thrown('LINKSPAN_CLOSE_CODE'))
    expect(conn.state).toBe('active')
    expect(transport.calls).toEqual([])
  })

  it('is 1000 unless told otherwise, and a reason that is no string is none', async () => {
    const { conn, transport } = await Bench.open().connect()
    conn.close(undefined, { toString: () => 'secret' } as unknown as string)
    expect(transport.calls).toEqual([{ call: 'close', code: 1000, reason: '' }])
  })

  it('before the 101 refuses with the HTTP status of its code', async () => {
    const { bench, conn, handshake, go } = await arriving()
    conn.close(1013, 'no room')
    expect(handshake.rejected?.status).toBe(503)
    expect(JSON.parse(handshake.rejected?.body ?? '')).toMatchObject({ detail: 'no room', code: 1013 })
    await go()
    expect(bench.end).toMatchObject({ code: 1013, reason: 'no room', by: 'server', wireCode: undefined })
  })

  it('after it is closed is nothing', async () => {
    const { conn, transport } = await Bench.open().connect()
    transport.closed(1000)
    await turn()
    conn.close(4000)
    conn.terminate()
    expect(conn.state).toBe('closed')
    expect(transport.calls).toEqual([])
  })
})

describe('terminate', () => {
  it('cuts the socket without a closing handshake', async () => {
    const { conn, transport } = await Bench.open().connect()
    conn.terminate()
    expect(conn.state).toBe('closing')
    expect(transport.calls).toEqual([{ call: 'terminate' }])
  })

  it('before the 101 refuses with 503', async () => {
    const { bench, conn, handshake, go } = await arriving()
    conn.terminate()
    expect(handshake.rejected?.status).toBe(503)
    await go()
    expect(bench.end).toMatchObject({ code: 1006, by: 'server', clean: false, wireCode: undefined })
  })

  it('after an early accept cuts the socket', async () => {
    const { conn, handshake } = await arriving()
    await conn.accept()
    conn.terminate()
    expect(handshake.transport.calls).toEqual([{ call: 'terminate' }])
  })
})
