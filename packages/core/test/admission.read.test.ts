import { describe, expect, it } from 'vitest'
import type { MessageMiddleware } from '../src/middleware.js'
import type { LinkspanOptions } from '../src/options.js'
import { type Arriving, arriving } from './arriving.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'
import { unhandledDuring } from './unhandled.js'

describe('read', () => {
  /** The 101 is out; the transport lends its messages. */
  async function accepted(handler?: MessageMiddleware<{}>, options?: LinkspanOptions): Promise<Arriving> {
    const made = await arriving(options, { transport: { borrows: true }, ...(handler && { handler }) })
    await made.conn.accept()
    return made
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
    const heard: string[] = []
    const { conn, handshake, bench, go } = await accepted((_conn, message) => void heard.push(message.text()))
    for (const text of ['one', 'two', 'three']) handshake.transport.receive(text)
    expect((await conn.read()).text()).toBe('one')
    expect((await conn.read()).text()).toBe('two')
    await go()
    expect(heard).toEqual(['three'])
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

  it('that waits when the handshake runs out of time refuses with 4010', async () => {
    const { bench, conn, handshake, go } = await accepted(undefined, { handshakeTimeout: 1_000 })
    const reading = conn.read({ timeout: 60_000 })
    const failed = expect(reading).rejects.toThrow()
    await bench.clock.advance(1_000)
    await failed
    expect(handshake.transport.calls).toMatchObject([{ call: 'close', code: 4010 }])
    handshake.transport.closed(4010)
    await go().catch(() => {})
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
    const { bench, conn } = await accepted(undefined, { handshakeTimeout: 60_000 })
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
    const { conn, go } = await arriving()
    await expect(conn.read()).rejects.toMatchObject({ code: 'LINKSPAN_STATE' })
    await go()
    await expect(conn.read()).rejects.toMatchObject({ code: 'LINKSPAN_STATE' })
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
