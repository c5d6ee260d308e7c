import { describe, expect, it } from 'vitest'
import type { MessageMiddleware } from '../src/middleware.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { Rejection } from '../src/rejection.js'
import { handled, slowHandler } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('a handler that fails', () => {
  const fail = new Error('the details')

  it.each<[string, MessageMiddleware<{}>]>([
    [
      'at once',
      () => {
        throw fail
      },
    ],
    ['later', () => Promise.reject(fail)],
  ])('%s closes with 1011 and says nothing of it to the peer', async (_, handler) => {
    const { bench, transport } = await handled(handler)
    transport.receive('one')
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code: 1011, reason: '' }])
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_HANDLER', cause: fail }])
    transport.closed(1011)
    await turn()
    expect(bench.end).toMatchObject({ code: 1011, by: 'server', clean: true })
  })

  it('is not called again: what waits is dropped and counted', async () => {
    const log: string[] = []
    const { bench, transport } = await handled(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.receive('two')
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.of('drop')).toEqual([{ direction: 'in', reason: 'closing', bytes: 3 }])
    expect(bench.app.stats().totals.dropped.in).toBe(1)
  })

  it('is not called again either where the peer had left meanwhile', async () => {
    const log: string[] = []
    const { bench, transport } = await handled(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.receive('two')
    transport.closed(1001)
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
    expect(bench.end).toMatchObject({ code: 1001, by: 'peer' })
  })

  it('is not called again by what arrives while the rest is dropped', async () => {
    const log: string[] = []
    const { bench, transport } = await handled(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    bench.app.on('drop', (_conn, { bytes }) => {
      if (bytes === 3) transport.receive('meanwhile')
    })
    transport.receive('one')
    transport.receive('two')
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.of('drop').map(({ bytes }) => bytes)).toEqual([3, 9])
  })

  it('after its signal was aborted, for a reason of its own, is reported', async () => {
    const { bench, transport } = await handled(async (conn) => {
      const { signal } = conn
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      throw fail
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_HANDLER', cause: fail }])
    expect(bench.end.code).toBe(1006)
  })

  it('after the end, of a connection whose signal nobody asked for, is reported', async () => {
    const { bench, transport } = await handled(async () => {
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
  })

  it('with a Rejection closes as that says, and is no error', async () => {
    const { bench, transport } = await handled(() => {
      throw new Rejection({ status: 403, code: 4403, reason: 'not this' })
    })
    transport.receive('one')
    expect(transport.calls).toEqual([{ call: 'close', code: 4403, reason: 'not this' }])
    expect(bench.errors).toEqual([])
  })

  it('only because the connection had ended is no news', async () => {
    const { bench, transport } = await handled(async (conn) => {
      const { signal } = conn
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    expect(bench.errors).toEqual([])
    expect(bench.end.code).toBe(1006)
  })

  it('may be saved by the middleware around it', async () => {
    const bench = Bench.open()
    bench.app
      .message(async (conn, _message, next) => {
        try {
          await next()
        } catch {
          conn.send('sorry')
        }
      })
      .message(() => Promise.reject(fail))
    const { conn, transport } = await bench.connect()
    transport.receive('one')
    await turn()
    expect(transport.sent).toEqual(['sorry'])
    expect(conn.state).toBe('active')
    expect(bench.errors).toEqual([])
  })
})

describe('when the connection ends', () => {
  it('because we close it, what waits is dropped and counted, and the handler that runs is awaited', async () => {
    const { handler, log, release } = slowHandler()
    const { bench, conn, transport } = await handled(handler)
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    conn.close()
    transport.receive('four')
    transport.closed(1000)
    await turn()
    expect(bench.of('drop')).toEqual([
      { direction: 'in', reason: 'closing', bytes: 3 },
      { direction: 'in', reason: 'closing', bytes: 5 },
      { direction: 'in', reason: 'closing', bytes: 4 },
    ])
    expect(bench.app.stats().totals).toMatchObject({ received: 4, dropped: { in: 3 } })
    expect(conn.state).toBe('closing')
    await release()
    expect(conn.state).toBe('closed')
    expect(log).toEqual(['one begins', 'one ends'])
  })

  it.each([
    ['the peer leaves', 1001],
    ['the network loses it', 1006],
  ])('because %s, what had arrived is still handled, in order', async (_, code) => {
    const { handler, log, release } = slowHandler()
    const { bench, conn, transport } = await handled(handler)
    for (const text of ['one', 'two']) transport.receive(text)
    transport.closed(code)
    await turn()
    expect(conn.state).toBe('closing')
    await release()
    await release()
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
    expect(bench.end.code).toBe(code)
    expect(bench.of('drop')).toEqual([])
  })

  it('what had arrived is handled within closeTimeout, and the rest dropped', async () => {
    const { handler, log, release } = slowHandler()
    const { bench, transport } = await handled(handler, { closeTimeout: 100 })
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    transport.closed(1001)
    await bench.clock.advance(99)
    expect(bench.of('drop')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('drop')).toHaveLength(2)
    await release()
    expect(log).toEqual(['one begins', 'one ends'])
    expect(bench.end).toMatchObject({ code: 1001, by: 'peer', clean: true })
  })

  it('a handler that never ends is abandoned at releaseTimeout, with an error', async () => {
    const { handler } = slowHandler()
    const { bench, conn, transport } = await handled(handler, { closeTimeout: 100, releaseTimeout: 200 })
    transport.receive('one')
    conn.close()
    transport.closed(1000)
    await bench.clock.advance(199)
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a message handler did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(bench.end.code).toBe(1000)
  })

  it.each([
    ['terminates', 'terminate'],
    ['closes', 'close'],
  ] as const)(
    'because its handler %s it, and the socket goes at once, nothing is waited for',
    async (_, call) => {
      const { bench, transport } = await handled((conn) => conn[call](), {}, { abrupt: true })
      transport.receive('one')
      await turn()
      expect(bench.of('close')).toHaveLength(1)
      expect(bench.errors).toEqual([])
      expect(bench.clock.pending).toBe(0)
    },
  )

  it('because its handler throws, and the socket goes at once, nothing is waited for', async () => {
    const { bench, transport } = await handled(
      () => {
        throw new Error('no')
      },
      {},
      { abrupt: true },
    )
    transport.receive('one')
    await turn()
    expect(bench.end.code).toBe(1011)
    expect(bench.clock.pending).toBe(0)
  })

  it('while its handler runs and more had come, the rest is handled and then it is over', async () => {
    const log: string[] = []
    const { bench, transport } = await handled((_conn, message) => {
      log.push(message.text())
      if (log.length > 1) return
      transport.receive('two')
      transport.closed(1001)
    })
    transport.receive('one')
    await turn()
    expect(log).toEqual(['one', 'two'])
    expect(bench.end.code).toBe(1001)
  })

  it('because the peer broke the protocol, what stood before that is not handled', async () => {
    const { handler, log, release } = slowHandler()
    const { bench, transport } = await handled(handler)
    for (const text of ['one', 'two']) transport.receive(text)
    transport.closed(1006, '', new ProtocolViolation(1007, true))
    await release()
    expect(log).toEqual(['one begins', 'one ends'])
    expect(bench.of('drop')).toHaveLength(1)
    expect(bench.end).toMatchObject({ code: 1007, by: 'server', wireCode: 1007 })
  })
})
