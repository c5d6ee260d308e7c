import { describe, expect, it } from 'vitest'
import { closedError } from '../src/failure.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { connected } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('the phases', () => {
  it('are all gone through, in order, and each told once', async () => {
    const { bench, conn, transport } = await connected()
    conn.close()
    transport.closed(1000)
    await turn()
    expect(bench.of('transition')).toEqual([
      { from: 'connecting', to: 'authenticated' },
      { from: 'authenticated', to: 'active' },
      { from: 'active', to: 'closing' },
      { from: 'closing', to: 'closed' },
    ])
  })

  it('end with the close event, and then closed resolves', async () => {
    const bench = Bench.open()
    const order: string[] = []
    const { conn, transport } = await bench.connect()
    void conn.closed.then(() => order.push('closed'))
    bench.app.on('transition', (_conn, { to }) => void order.push(to))
    bench.app.on('close', () => void order.push('close event'))
    conn.defer(() => void order.push('released'))
    conn.signal.addEventListener('abort', () => order.push('aborted'))
    conn.close()
    transport.closed(1000)
    await turn()
    expect(order).toEqual(['closing', 'aborted', 'released', 'closed', 'close event', 'closed'])
  })
})

describe('a violation', () => {
  it('is reported as the fault of the peer, with what the transport saw', async () => {
    const { bench, transport } = await connected()
    const violation = new ProtocolViolation(1007, true, { cause: new Error('invalid UTF-8') })
    transport.closed(1006, '', violation)
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_VIOLATION',
        culprit: 'peer',
        message: 'the peer broke the WebSocket protocol, and was cut off.',
        cause: violation,
      },
    ])
  })

  it('before active ends the handshake', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.closed
        return next()
      }),
    )
    const handshake = bench.arrive()
    handshake.transport.closed(1006, '', new ProtocolViolation(1002, true))
    await bench.clock.advance(60_000)
    expect(bench.end).toMatchObject({ code: 1002, by: 'server', wireCode: 1002 })
  })
})

describe('a middleware that fails while its connection lives', () => {
  it.each([
    ['throws', () => new Error('no'), 1011, ['LINKSPAN_MIDDLEWARE']],
    ['throws what only says that it was aborted', () => closedError('read'), 1011, ['LINKSPAN_CLOSED']],
  ])('and %s ends it with 1011', async (_, make, code, errors) => {
    let fail = (_reason: Error): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        const end = next()
        await Promise.race([
          end,
          new Promise((_resolve, reject) => {
            fail = reject
          }),
        ])
        return end
      }),
    )
    const { transport } = await bench.connect()
    fail(make())
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code, reason: '' }])
    expect(bench.errors).toEqual(errors)
    transport.closed(code)
    await turn()
    expect(bench.end).toMatchObject({ code, by: 'server' })
  })

  it('only because it ended is no news', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        await next()
        conn.signal.throwIfAborted()
        return conn.reject({ status: 500 })
      }),
    )
    const { transport } = await bench.connect()
    transport.closed(1000)
    await turn()
    expect(bench.errors).toEqual([])
    expect(bench.end.code).toBe(1000)
  })

  it('after the end, of its own, is reported', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        await next()
        throw new Error('the database is away')
      }),
    )
    const { transport } = await bench.connect()
    transport.closed(1000)
    await turn()
    expect(bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_MIDDLEWARE', cause: new Error('the database is away') },
    ])
    expect(bench.end.code).toBe(1000)
  })

  it('by trying to become somebody else ends it with 4003', async () => {
    let renew = (): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        conn.authenticate({ subject: 'ada' })
        const end = next()
        await new Promise<void>((resolve) => {
          renew = resolve
        })
        conn.renew({ subject: 'eve' })
        return end
      }),
    )
    const { conn, transport } = await bench.connect()
    renew()
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code: 4003, reason: '' }])
    expect(bench.errors).toEqual(['LINKSPAN_IDENTITY'])
    expect(conn.identity).toEqual({ subject: 'ada' })
  })
})

describe('the ambient context', () => {
  it('of the end of the pipeline is there in every handler, hook and release', async () => {
    let current = 'outside'
    const seen: string[] = []
    const note = (where: string): void => void seen.push(`${where}: ${current}`)
    const bench = Bench.open({
      context: {
        capture: () => {
          const captured = current
          return (callback, ...args) => {
            const before = current
            current = captured
            try {
              return callback(...args)
            } finally {
              current = before
            }
          }
        },
      },
    }).with((app) =>
      app.use((conn, next) => {
        current = 'trace 1'
        conn.defer(() => note('release'))
        const end = next()
        current = 'outside'
        return end
      }),
    )
    bench.app.message((conn) => {
      note('handler')
      conn.close()
    })
    bench.app.on('open', () => note('open'))
    bench.app.on('close', () => note('close'))
    const { transport } = await bench.connect()
    transport.receive('hello')
    transport.closed(1000)
    await turn()
    note('afterwards')
    expect(seen).toEqual([
      'open: trace 1',
      'handler: trace 1',
      'release: trace 1',
      'close: trace 1',
      'afterwards: outside',
    ])
  })

  it('that cannot be captured refuses the handshake', async () => {
    const capture = (): never => {
      throw new Error('no storage')
    }
    for (const stack of ['empty', 'not empty'] as const) {
      const bench = Bench.open({ context: { capture } }).with((app) =>
        stack === 'empty' ? app : app.use((_conn, next) => next()),
      )
      const handshake = bench.arrive()
      await turn()
      expect(handshake.rejected?.status).toBe(500)
      expect(bench.errors).toEqual(['LINKSPAN_MIDDLEWARE'])
    }
  })
})
