import { describe, expect, it } from 'vitest'
import type { Connection } from '../src/connection.js'
import type { LinkspanOptions } from '../src/options.js'
import type { Transport } from '../src/ports/transport.js'
import { Bench, FakeHandshake } from './fake.js'
import { turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

/** An application whose one middleware waits to be told what to do with the connection. */
function gated(options?: LinkspanOptions): { bench: Bench; conn(): Connection<unknown>; go(): void } {
  let conn: Connection<unknown> | undefined
  let open = (): void => {}
  const bench = Bench.open(options).with((app) =>
    app.use(async (arrived, next) => {
      conn = arrived
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return next()
    }),
  )
  return { bench, conn: () => conn as Connection<unknown>, go: () => open() }
}

describe('a handshake', () => {
  it('is answered with 101 only when the pipeline has reached its end', async () => {
    const { bench, conn, go } = gated()
    const handshake = bench.arrive()
    await turn()
    expect(conn().state).toBe('connecting')
    expect(handshake.accepted).toBe(false)
    go()
    await turn()
    expect(conn().state).toBe('active')
    expect(handshake.accepted).toBe(true)
  })

  it('is accepted with the chosen subprotocol and no header of ours', async () => {
    const bench = Bench.open({ protocols: ['v2', 'v1'] })
    const { handshake, conn } = await bench.connect({ headers: { 'sec-websocket-protocol': 'v1, v2' } })
    expect(handshake.upgrade).toMatchObject({ protocol: 'v2', headers: {} })
    expect(conn.protocol).toBe('v2')
  })

  it('that takes too long is refused with 503, and its late result discarded', async () => {
    const { bench, conn, go } = gated({ handshakeTimeout: 100 })
    const handshake = bench.arrive()
    await bench.clock.advance(99)
    expect(handshake.rejected).toBeUndefined()
    await bench.clock.advance(1)
    expect(handshake.rejected?.status).toBe(503)
    expect(JSON.parse(handshake.rejected?.body ?? '')).toMatchObject({
      detail: 'the handshake took too long',
      code: 1013,
    })
    expect(conn().state).toBe('closing')
    go()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(bench.end).toMatchObject({ code: 1013, by: 'server', clean: false, wireCode: undefined })
    expect(bench.errors).toEqual([])
  })

  it('whose middleware never settles is over when its release is abandoned', async () => {
    const { bench } = gated({ handshakeTimeout: 100, releaseTimeout: 200 })
    bench.arrive()
    await bench.clock.advance(299)
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.end.code).toBe(1013)
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a middleware did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(bench.app.stats().gauges.timers).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('that the client breaks off is over: signal aborted, late result discarded, resources released', async () => {
    const { bench, conn, go } = gated()
    const handshake = bench.arrive()
    await turn()
    const released: string[] = []
    conn().defer(() => void released.push(conn().state))
    const { signal } = conn()
    expect(signal.aborted).toBe(false)
    handshake.abort()
    expect(signal.aborted).toBe(true)
    expect(released).toEqual([])
    go()
    await turn()
    expect(released).toEqual(['closing'])
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected).toBeUndefined()
    expect(bench.end).toMatchObject({ code: 1006, by: 'network', clean: false, wireCode: undefined })
    expect(bench.errors).toEqual([])
  })

  it('that was broken off before we looked runs no middleware at all', async () => {
    let ran = false
    const bench = Bench.open().with((app) =>
      app.use((_conn, next) => {
        ran = true
        return next()
      }),
    )
    class Gone extends FakeHandshake {
      override onAbort(callback: () => void): void {
        callback()
      }
    }
    bench.app.handle(new Gone())
    await turn()
    expect(ran).toBe(false)
    expect(bench.end).toMatchObject({ code: 1006, by: 'network' })
    expect(bench.clock.pending).toBe(0)
    expect(bench.app.connections.size).toBe(0)
  })

  it('whose transport throws instead of accepting ends, and is reported as its fault', async () => {
    class Broken extends FakeHandshake {
      override accept(): never {
        throw new Error('no socket')
      }
    }
    const bench = Bench.open()
    bench.app.handle(new Broken())
    await turn()
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_TRANSPORT', culprit: 'infrastructure' }])
    expect(bench.end).toMatchObject({ code: 1006, by: 'network' })
  })
})

describe('accept', () => {
  it('answers 101 early, and the connection is still connecting', async () => {
    const { bench, conn, go } = gated()
    const handshake = bench.arrive()
    await turn()
    await conn().accept()
    expect(handshake.accepted).toBe(true)
    expect(conn().state).toBe('connecting')
    expect(bench.of('open')).toEqual([])
    go()
    await turn()
    expect(conn().state).toBe('active')
  })

  it('may come after the identity is settled', async () => {
    const { bench, conn } = gated()
    const handshake = bench.arrive()
    await turn()
    conn().authenticate({ subject: 'ada' })
    await conn().accept()
    expect(handshake.accepted).toBe(true)
    expect(conn().state).toBe('authenticated')
  })

  it('a second time, or once active, is a misuse', async () => {
    const { bench, conn, go } = gated()
    bench.arrive()
    await turn()
    await conn().accept()
    const misuse = { code: 'LINKSPAN_STATE', message: 'accept() answers 101 once, before the pipeline ends.' }
    await expect(conn().accept()).rejects.toMatchObject(misuse)
    go()
    await turn()
    await expect(conn().accept()).rejects.toMatchObject(misuse)
  })

  it('after closing began is LINKSPAN_CLOSED', async () => {
    const { bench, conn } = gated()
    const handshake = bench.arrive()
    await turn()
    handshake.abort()
    await expect(conn().accept()).rejects.toMatchObject({ code: 'LINKSPAN_CLOSED' })
  })

  it('is followed by no HTTP status: a refusal travels as a close frame', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn) => {
        await conn.accept()
        return conn.reject({ status: 401, reason: 'who are you?' })
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected).toBeUndefined()
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4010, reason: 'who are you?' }])
    expect(bench.of('reject')).toEqual([{ status: 401, code: 4010, reason: 'who are you?' }])
    handshake.transport.closed(4010)
    await turn()
    expect(bench.end).toMatchObject({ code: 4010, by: 'server', clean: true, wireCode: 4010 })
    expect(bench.of('open')).toEqual([])
  })

  it('does not stop the deadline of the handshake', async () => {
    const { bench, conn } = gated({ handshakeTimeout: 100 })
    const handshake = bench.arrive()
    await turn()
    await conn().accept()
    await bench.clock.advance(100)
    expect(handshake.transport.calls).toEqual([
      { call: 'close', code: 1013, reason: 'the handshake took too long' },
    ])
  })

  it('is undone by the peer that leaves: what it had said before active is heard by nobody', async () => {
    const { bench, conn } = gated()
    const heard: string[] = []
    bench.app.message((_conn, message) => void heard.push(message.text()))
    const handshake = bench.arrive()
    await turn()
    await conn().accept()
    handshake.transport.receive('early')
    handshake.transport.closed(1001)
    await turn()
    expect(bench.of('drop')).toEqual([{ direction: 'in', reason: 'closing', bytes: 5 }])
    expect(heard).toEqual([])
  })
})

describe('read', () => {
  async function accepted(options?: LinkspanOptions): Promise<{
    bench: Bench
    conn: Connection<unknown>
    handshake: FakeHandshake
    go(): void
  }> {
    const { bench, conn, go } = gated(options)
    const handshake = bench.arrive({}, { borrows: true })
    await turn()
    await conn().accept()
    return { bench, conn: conn(), handshake, go }
  }

  it('gives the next message', async () => {
    const { conn, handshake } = await accepted()
    const reading = conn.read()
    const buffer = new TextEncoder().encode('hello')
    handshake.transport.sink.message(buffer, false)
    buffer.fill(0)
    expect((await reading).text()).toBe('hello')
  })

  it('gives what came before it was called, in order, each message once', async () => {
    const { conn, handshake, bench, go } = await accepted()
    const heard: string[] = []
    bench.app.message((_conn, message) => void heard.push(message.text()))
    for (const text of ['one', 'two', 'three']) handshake.transport.receive(text)
    expect((await conn.read()).text()).toBe('one')
    expect((await conn.read()).text()).toBe('two')
    go()
    await turn()
    // The handler of this connection was chosen when it arrived: none.
    expect(heard).toEqual([])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('leaves to the handler what it did not take', async () => {
    const heard: string[] = []
    const bench = Bench.open().with((app) =>
      app
        .use(async (conn, next) => {
          await conn.accept()
          const hello = await conn.read()
          return next({ hello: hello.text() })
        })
        .message((conn, message) => void heard.push(`${conn.data.hello} ${message.text()}`)),
    )
    const handshake = bench.arrive()
    for (const text of ['hello', 'one', 'two']) handshake.transport.receive(text)
    await turn()
    expect(heard).toEqual(['hello one', 'hello two'])
  })

  it('that gets nothing in time refuses with 4010', async () => {
    const bench = Bench.open({ handshakeTimeout: 60_000 }).with((app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read({ timeout: 500 })
        return next()
      }),
    )
    const handshake = bench.arrive()
    await bench.clock.advance(499)
    expect(handshake.transport.calls).toEqual([])
    await bench.clock.advance(1)
    expect(handshake.transport.calls).toEqual([
      { call: 'close', code: 4010, reason: 'no message came in time' },
    ])
    expect(bench.of('reject')).toEqual([{ status: 408, code: 4010, reason: 'no message came in time' }])
    expect(bench.errors).toEqual([])
  })

  it('waits three seconds unless told otherwise', async () => {
    const { bench, conn } = await accepted({ handshakeTimeout: 60_000 })
    const reading = conn.read()
    const settled = expect(reading).rejects.toMatchObject({ name: 'Rejection', status: 408 })
    await bench.clock.advance(2_999)
    expect(bench.clock.pending).toBe(2)
    await bench.clock.advance(1)
    await settled
    expect(bench.clock.pending).toBe(1)
  })

  it('may try again after it ran out of time', async () => {
    const { bench, conn, handshake } = await accepted()
    const first = conn.read({ timeout: 10 })
    await Promise.all([expect(first).rejects.toThrow(), bench.clock.advance(10)])
    const second = conn.read({ timeout: 10 })
    handshake.transport.receive('late')
    expect((await second).text()).toBe('late')
  })

  it('leaves no timer behind', async () => {
    const { bench, conn, handshake } = await accepted()
    const reading = conn.read()
    expect(bench.app.stats().gauges.timers).toBe(2)
    handshake.transport.receive('hello')
    await reading
    expect(bench.app.stats().gauges.timers).toBe(1)
    expect(bench.clock.pending).toBe(1)
  })

  it('takes one message at a time', async () => {
    const { conn, handshake } = await accepted()
    const first = conn.read()
    await expect(conn.read()).rejects.toMatchObject({ code: 'LINKSPAN_STATE' })
    handshake.transport.receive('hello')
    expect((await first).text()).toBe('hello')
  })

  it('before accept, or once active, is a misuse', async () => {
    const { bench, conn, go } = gated()
    bench.arrive()
    await turn()
    await expect(conn().read()).rejects.toMatchObject({ code: 'LINKSPAN_STATE' })
    go()
    await turn()
    await expect(conn().read()).rejects.toMatchObject({ code: 'LINKSPAN_STATE' })
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 31])('does not wait %d ms', async (timeout) => {
    const { conn } = await accepted()
    await expect(conn.read({ timeout })).rejects.toMatchObject({
      code: 'LINKSPAN_OPTION',
      message: `timeout takes a whole number from 1 to 2147483647, not ${timeout}.`,
    })
  })

  it('that waits when the connection ends is LINKSPAN_CLOSED, and so is any after that', async () => {
    const { bench, conn, handshake } = await accepted()
    const reading = conn.read()
    const failed = expect(reading).rejects.toMatchObject({ code: 'LINKSPAN_CLOSED' })
    handshake.transport.closed(1006)
    await failed
    await expect(conn.read()).rejects.toMatchObject({ code: 'LINKSPAN_CLOSED' })
    expect(bench.app.stats().gauges.timers).toBe(1)
  })

  it('that nobody awaits any more ends no process', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn) => {
        void conn.read()
        await conn.accept()
        void conn.read()
        void conn.read()
        void conn.accept()
        return conn.reject({ status: 401 })
      }),
    )
    const unhandled = await unhandledDuring(() => {
      bench.arrive()
    })
    expect(unhandled).toEqual([])
    expect(bench.errors).toEqual([])
  })
})

describe('what arrives before active', () => {
  it('is held in order, and handled once it is', async () => {
    const heard: string[] = []
    const { bench, conn, go } = gated()
    bench.app.message((one, message) => void heard.push(`${one.state}: ${message.text()}`))
    const handshake = bench.arrive()
    await turn()
    await conn().accept()
    for (const text of ['one', 'two', 'three']) handshake.transport.receive(text)
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 3, bytes: 11 })
    expect(heard).toEqual([])
    go()
    await turn()
    expect(heard).toEqual(['active: one', 'active: two', 'active: three'])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('past 64 KiB pauses the socket, and goes on once it is active', async () => {
    const heard: number[] = []
    const { bench, conn, go } = gated()
    bench.app.message((_conn, message) => void heard.push(message.size))
    const handshake = bench.arrive()
    await turn()
    await conn().accept()
    const { transport } = handshake
    transport.receive(new Uint8Array(65_535))
    expect(transport.count('pause')).toBe(0)
    transport.receive(new Uint8Array(1))
    expect(transport.count('pause')).toBe(1)
    expect(transport.count('resume')).toBe(0)
    go()
    await turn()
    expect(heard).toEqual([65_535, 1])
    expect(transport.count('resume')).toBe(1)
  })

  it('past 64 KiB on a socket that cannot be paused is too much: 4101', async () => {
    const { bench, conn } = gated()
    const handshake = bench.arrive({}, { pausable: false })
    await turn()
    await conn().accept()
    handshake.transport.receive(new Uint8Array(65_536))
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4101, reason: 'too many messages' }])
    expect(bench.of('reject')).toEqual([{ status: 429, code: 4101, reason: 'too many messages' }])
  })
})

describe('the scope', () => {
  it('is asked once, when the identity is settled and the data gathered', async () => {
    const asked: unknown[] = []
    const bench = Bench.open({
      scope: (conn) => {
        asked.push([conn.state, conn.identity?.tenant, conn.data])
        return conn.identity?.tenant
      },
    }).with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: 'acme' })
        return next({ a: 1 })
      }),
    )
    const { conn } = await bench.connect()
    conn.join('room')
    conn.close()
    expect(asked).toEqual([['authenticated', 'acme', { a: 1 }]])
  })

  it('that throws refuses the handshake with 500, and the middlewares unwind before anything is released', async () => {
    const order: string[] = []
    const bench = Bench.open({
      scope: () => {
        throw new Error('no tenant')
      },
    }).with((app) =>
      app.use(async (conn, next) => {
        conn.defer(() => void order.push('released'))
        const end = await next()
        order.push(`unwound ${end.code}`)
        return end
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_MIDDLEWARE', cause: new Error('no tenant') }])
    expect(order).toEqual(['unwound 1011', 'released'])
    expect(bench.end).toMatchObject({ code: 1011, by: 'server' })
  })

  it('may refuse in its own words', async () => {
    const bench = Bench.open({ scope: (conn) => conn.reject({ status: 403, reason: 'no tenant' }) })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(bench.errors).toEqual([])
  })

  it.each([
    ['a promise', () => Promise.resolve('acme')],
    ['a number', () => 42],
    ['null', () => null],
  ])('that answers %s separates nobody, and lets nobody in', async (_, scope) => {
    const bench = Bench.open({ scope: scope as unknown as () => string })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_SCOPE' }])
  })

  it('is not asked for what has ended meanwhile', async () => {
    let asked = false
    const bench = Bench.open({
      scope: () => {
        asked = true
        return 'acme'
      },
    }).with((app) =>
      app.use((conn, next) => {
        const end = next()
        conn.close()
        return end
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(asked).toBe(false)
  })
})

describe('a visible refusal', () => {
  it('is a 101 and an immediate close, which a browser can read', async () => {
    const bench = Bench.open({ refuse: 'visibly' }).with((app) =>
      app.use((conn) => conn.reject({ status: 402, code: 4402, reason: 'the trial has ended' })),
    )
    const heard: string[] = []
    bench.app.message((_conn, message) => void heard.push(message.text()))
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected).toBeUndefined()
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4402, reason: 'the trial has ended' }])
    handshake.transport.receive('let me in')
    handshake.transport.closed(4402)
    await turn()
    expect(heard).toEqual([])
    expect(bench.of('open')).toEqual([])
    expect(bench.end).toMatchObject({ code: 4402, clean: true, wireCode: 4402 })
  })

  it('is given also where nothing of the pipeline ran', async () => {
    const bench = Bench.open({ refuse: 'visibly', origin: ['https://app.example'] })
    const handshake = bench.arrive({ headers: { host: 'chat.example', origin: 'https://evil.example' } })
    expect(handshake.transport.calls).toEqual([
      { call: 'close', code: 4003, reason: 'this origin may not connect' },
    ])
  })

  it('is not given by terminate: the socket goes, with an HTTP status', async () => {
    const bench = Bench.open({ refuse: 'visibly' }).with((app) =>
      app.use((conn, next) => {
        conn.terminate()
        return next()
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected?.status).toBe(503)
    expect(bench.end).toMatchObject({ code: 1006, by: 'server', clean: false, wireCode: undefined })
  })
})

describe('once the connection is active', () => {
  it('the sink is the connection, and the transport the one that the handshake gave', async () => {
    const { handshake, transport } = await Bench.open().connect()
    const given: Transport = handshake.transport
    expect(given).toBe(transport)
    expect(handshake.upgrade?.sink).toBe(transport.sink)
  })

  it('an abort that comes late changes nothing', async () => {
    const { handshake, conn } = await Bench.open().connect()
    handshake.abort()
    expect(conn.state).toBe('active')
  })
})
