import { describe, expect, it } from 'vitest'
import type { CloseInfo } from '../src/close.js'
import { closedError } from '../src/failure.js'
import type { LinkspanOptions } from '../src/options.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { Bench, type Pair } from './fake.js'
import { turn } from './fake-clock.js'

async function open(options?: LinkspanOptions): Promise<Pair<{}> & { bench: Bench }> {
  const bench = Bench.open(options)
  return { bench, ...(await bench.connect()) }
}

describe('how a connection ended', () => {
  const scenarios: readonly (readonly [string, (pair: Pair<{}>) => void, Omit<CloseInfo, 'duration'>])[] = [
    [
      'we closed, and the peer answered',
      ({ conn, transport }) => {
        conn.close(4001, 'revoked')
        transport.closed(4001, 'revoked')
      },
      { code: 4001, reason: 'revoked', by: 'server', clean: true, wireCode: 4001 },
    ],
    [
      'we closed, and the network lost the answer',
      ({ conn, transport }) => {
        conn.close(4001, 'revoked')
        transport.closed(1006)
      },
      { code: 4001, reason: 'revoked', by: 'server', clean: false, wireCode: 4001 },
    ],
    [
      'we closed without a word',
      ({ conn, transport }) => {
        conn.close()
        transport.closed(1000)
      },
      { code: 1000, reason: '', by: 'server', clean: true, wireCode: 1000 },
    ],
    [
      'we closed twice: the first counts',
      ({ conn, transport }) => {
        conn.close(4001, 'first')
        conn.close(4002, 'second')
        transport.closed(4001)
      },
      { code: 4001, reason: 'first', by: 'server', clean: true, wireCode: 4001 },
    ],
    [
      'we closed with more than fits',
      ({ conn, transport }) => {
        conn.close(4000, '€'.repeat(100))
        transport.closed(4000)
      },
      { code: 4000, reason: '€'.repeat(41), by: 'server', clean: true, wireCode: 4000 },
    ],
    [
      'we terminated',
      ({ conn, transport }) => {
        conn.terminate()
        transport.closed(1006)
      },
      { code: 1006, reason: '', by: 'server', clean: false, wireCode: undefined },
    ],
    [
      'we closed and lost patience: the reason stays',
      ({ conn, transport }) => {
        conn.close(4000, 'bye')
        conn.terminate()
        transport.closed(1006)
      },
      { code: 4000, reason: 'bye', by: 'server', clean: false, wireCode: 4000 },
    ],
    [
      'the peer closed',
      ({ transport }) => transport.closed(1001, 'going away'),
      { code: 1001, reason: 'going away', by: 'peer', clean: true, wireCode: 1001 },
    ],
    [
      'the peer closed without a code',
      ({ transport }) => transport.closed(1005),
      { code: 1005, reason: '', by: 'peer', clean: true, wireCode: 1005 },
    ],
    [
      'the peer closed, and we did too late',
      ({ conn, transport }) => {
        transport.closed(1001)
        conn.close(4000)
      },
      { code: 1001, reason: '', by: 'peer', clean: true, wireCode: 1001 },
    ],
    [
      'the network lost it',
      ({ transport }) => transport.closed(1006, '', new Error('ECONNRESET')),
      { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
    ],
    [
      'the peer broke the protocol, and was told',
      ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1009, true)),
      { code: 1009, reason: '', by: 'server', clean: false, wireCode: 1009 },
    ],
    [
      'the peer broke the protocol, and was cut off',
      ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1002, false)),
      { code: 1002, reason: '', by: 'server', clean: false, wireCode: undefined },
    ],
    [
      'we closed, and the peer answered with nonsense',
      ({ conn, transport }) => {
        conn.close(4000)
        transport.closed(1006, '', new ProtocolViolation(1002, true))
      },
      { code: 4000, reason: '', by: 'server', clean: false, wireCode: 4000 },
    ],
  ]

  it.each(scenarios)('when %s', async (_, happen, expected) => {
    const { bench, ...pair } = await open()
    happen(pair)
    await turn()
    expect(bench.end).toEqual({ ...expected, duration: 0 })
    expect(await pair.conn.closed).toBe(bench.end)
    expect(Object.isFrozen(bench.end)).toBe(true)
    expect(pair.conn.state).toBe('closed')
    expect(bench.app.connections.size).toBe(0)
    expect(bench.clock.pending).toBe(0)
  })

  it('when it was refused', async () => {
    const bench = Bench.open({ origin: ['https://app.example'] })
    bench.arrive({ headers: { origin: 'https://evil.example' } })
    expect(bench.end).toEqual({
      code: 4003,
      reason: 'this origin may not connect',
      by: 'server',
      clean: false,
      duration: 0,
      wireCode: undefined,
    })
  })

  it('when a peer does not answer our close frame: at closeTimeout the socket is cut', async () => {
    const { bench, conn, transport } = await open({ closeTimeout: 500 })
    conn.close(4000)
    await bench.clock.advance(499)
    expect(transport.count('terminate')).toBe(0)
    await bench.clock.advance(1)
    expect(transport.count('terminate')).toBe(1)
    expect(bench.end).toMatchObject({ code: 4000, clean: false, wireCode: 4000, duration: 500 })
    transport.closed(1006)
    await turn()
    expect(bench.of('close')).toHaveLength(1)
  })

  it('when even the cut is not answered: nothing is waited for', async () => {
    const { bench, conn } = await open({ closeTimeout: 500 })
    conn.terminate()
    await bench.clock.advance(500)
    expect(bench.end).toMatchObject({ code: 1006, by: 'server' })
    expect(bench.clock.pending).toBe(0)
  })

  it('took from the arrival of the upgrade to the end of the socket, whatever runs on', async () => {
    let release = (): void => {}
    const bench = Bench.open().with((app) =>
      app.use(async (_conn, next) => {
        await turn()
        return next()
      }),
    )
    bench.app.message(
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    const pair = bench.connect()
    await bench.clock.advance(0)
    await bench.clock.advance(30)
    const { transport } = await pair
    transport.receive('work')
    transport.closed(1001)
    await bench.clock.advance(1_000)
    expect(bench.of('close')).toEqual([])
    release()
    await turn()
    expect(bench.end.duration).toBe(30)
  })

  it('is told exactly once, whatever comes after', async () => {
    const { bench, conn, transport } = await open()
    transport.closed(1001)
    await turn()
    transport.sink.closed(1006, '')
    transport.sink.message(new Uint8Array(1), true)
    transport.sink.drain()
    transport.sink.ping()
    transport.sink.pong()
    conn.close()
    conn.terminate()
    await bench.clock.advance(60_000)
    expect(bench.of('close')).toHaveLength(1)
    expect(bench.of('transition').at(-1)).toEqual({ from: 'closing', to: 'closed' })
  })
})

describe('the phases', () => {
  it('are all gone through, in order, and each told once', async () => {
    const { bench, conn, transport } = await open()
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

describe('the release', () => {
  it('lets the middlewares unwind, innermost first, then runs what was deferred, last first', async () => {
    const order: string[] = []
    const bench = Bench.open().with((app) => {
      let stack = app
      for (const name of ['outer', 'inner']) {
        stack = stack.use(async (conn, next) => {
          conn.defer(() => void order.push(`${name} deferred`))
          try {
            return await next()
          } finally {
            await turn()
            order.push(`${name} unwound`)
          }
        })
      }
      return stack
    })
    const { conn, transport } = await bench.connect()
    conn.defer(async () => {
      await turn()
      order.push('last deferred')
    })
    transport.closed(1000)
    for (let i = 0; i < 6; i += 1) await turn()
    expect(order).toEqual(['inner unwound', 'outer unwound', 'last deferred', 'inner deferred', 'outer deferred'])
    expect(conn.state).toBe('closed')
  })

  it('waits for the handler that runs before any of it', async () => {
    const order: string[] = []
    let end = (): void => {}
    const bench = Bench.open()
    bench.app.message(async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      order.push('handled')
    })
    const { conn, transport } = await bench.connect()
    conn.defer(() => void order.push('released'))
    transport.receive('work')
    conn.close()
    transport.closed(1000)
    await turn()
    expect(order).toEqual([])
    end()
    await turn()
    expect(order).toEqual(['handled', 'released'])
  })

  it('that throws is reported, and stops nothing', async () => {
    const { bench, conn, transport } = await open()
    let released = false
    conn.defer(() => {
      released = true
    })
    conn.defer(() => {
      throw new Error('no')
    })
    transport.closed(1000)
    await turn()
    expect(released).toBe(true)
    expect(bench.of('error')).toMatchObject([
      { code: 'LINKSPAN_RELEASE', message: 'a release that was deferred threw.', cause: new Error('no') },
    ])
    expect(bench.end.code).toBe(1000)
  })

  it('that hangs is abandoned at releaseTimeout, and those behind it are started', async () => {
    const { bench, conn, transport } = await open({ releaseTimeout: 300 })
    const started: string[] = []
    conn.defer(() => void started.push('first'))
    conn.defer(() => {
      started.push('second')
      return new Promise(() => {})
    })
    conn.defer(() => new Promise(() => {}))
    transport.closed(1000)
    await bench.clock.advance(299)
    expect(started).toEqual([])
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(started).toEqual(['second', 'first'])
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a deferred release did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(conn.state).toBe('closed')
    expect(bench.clock.pending).toBe(0)
  })

  it('of a middleware that hangs is abandoned, and what it deferred still runs', async () => {
    let released = false
    const bench = Bench.open({ releaseTimeout: 300 }).with((app) =>
      app.use(async (conn, next) => {
        conn.defer(() => {
          released = true
        })
        await next()
        return new Promise(() => {})
      }),
    )
    const { transport } = await bench.connect()
    transport.closed(1000)
    await bench.clock.advance(300)
    expect(released).toBe(true)
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE_TIMEOUT'])
    expect(bench.end).toMatchObject({ code: 1000, duration: 0 })
  })

  it('of what is deferred while it runs, or in the moment it is done, is not forgotten', async () => {
    const { conn, transport } = await open()
    const released: string[] = []
    conn.defer(async () => {
      await turn()
      conn.defer(() => void released.push('while it runs'))
      let pending = Promise.resolve()
      for (let i = 0; i < 8; i += 1) {
        pending = pending.then(() => conn.defer(() => void released.push(`later ${i}`)))
      }
    })
    transport.closed(1000)
    await turn()
    await turn()
    expect(conn.state).toBe('closed')
    expect(released.sort()).toEqual([...Array.from({ length: 8 }, (_, i) => `later ${i}`), 'while it runs'])
  })

  it('of what is deferred when all is over happens at once', async () => {
    const { bench, conn, transport } = await open()
    transport.closed(1000)
    await turn()
    let released = 0
    conn.defer(() => {
      released += 1
    })
    conn.defer(() => {
      throw new Error('no')
    })
    expect(released).toBe(1)
    expect(bench.errors).toEqual(['LINKSPAN_RELEASE'])
  })
})

describe('a violation', () => {
  it('is reported as the fault of the peer, with what the transport saw', async () => {
    const { bench, transport } = await open()
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

describe('the lease of an identity', () => {
  async function leased(expiresAt: number): Promise<{ bench: Bench; pair: Pair<{}> }> {
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', expiresAt })
        return next()
      }),
    )
    return { bench, pair: await bench.connect() }
  }

  it('is announced a minute before its end, and closes with 4200 at it', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    await bench.clock.advance(39_999)
    expect(bench.of('expiring')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 1_100_000, in: 60_000 }])
    await bench.clock.advance(59_999)
    expect(pair.transport.calls).toEqual([])
    await bench.clock.advance(1)
    expect(pair.transport.calls).toEqual([{ call: 'close', code: 4200, reason: 'credentials expired' }])
    expect(bench.of('expiring')).toHaveLength(1)
  })

  it('with less than a minute left is announced at once', async () => {
    const { bench } = await leased(1_000_000 + 10_000)
    await bench.clock.advance(0)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 1_010_000, in: 10_000 }])
  })

  it('that was over before it began closes at once', async () => {
    const { bench, pair } = await leased(5)
    await bench.clock.advance(0)
    expect(bench.of('expiring')).toEqual([{ expiresAt: 5, in: 0 }])
    expect(pair.transport.calls).toEqual([{ call: 'close', code: 4200, reason: 'credentials expired' }])
  })

  it('is extended by a renewal, and announced again', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    bench.app.on('expiring', (conn, { expiresAt }) => {
      if (expiresAt === 1_100_000) conn.renew({ subject: 'ada', expiresAt: 1_200_000 })
    })
    await bench.clock.advance(100_000)
    expect(pair.conn.state).toBe('active')
    await bench.clock.advance(40_000)
    expect(bench.of('expiring')).toEqual([
      { expiresAt: 1_100_000, in: 60_000 },
      { expiresAt: 1_200_000, in: 60_000 },
    ])
    await bench.clock.advance(60_000)
    expect(pair.transport.count('close')).toBe(1)
  })

  it('may be lifted by a renewal without an end', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    pair.conn.renew({ subject: 'ada' })
    expect(bench.clock.pending).toBe(0)
    await bench.clock.advance(1_000_000)
    expect(pair.conn.state).toBe('active')
  })

  it('ends with its connection', async () => {
    const { bench, pair } = await leased(1_000_000 + 100_000)
    pair.transport.closed(1000)
    await turn()
    expect(bench.clock.pending).toBe(0)
  })
})

describe('the heartbeat of a connection', () => {
  const heartbeat = { interval: 1_000, misses: 2 }

  it('pings a silent peer, measures how long it takes to answer, and leaves it alone', async () => {
    const { bench, conn, transport } = await open({ heartbeat })
    expect(conn.rtt).toBeUndefined()
    await bench.clock.advance(1_000)
    expect(transport.count('ping')).toBe(1)
    await bench.clock.advance(25)
    transport.sink.pong()
    expect(conn.rtt).toBe(25)
    transport.sink.pong()
    expect(conn.rtt).toBe(25)
    for (let i = 0; i < 10; i += 1) {
      await bench.clock.advance(1_000)
      transport.sink.pong()
    }
    expect(conn.state).toBe('active')
  })

  it.each([
    ['a message', (pair: Pair<{}>) => pair.transport.receive('hello')],
    ['a ping', (pair: Pair<{}>) => pair.transport.sink.ping()],
    ['a pong', (pair: Pair<{}>) => pair.transport.sink.pong()],
  ])('does not ping whoever gives a sign of life: %s', async (_, sign) => {
    const { bench, ...pair } = await open({ heartbeat })
    for (let i = 0; i < 20; i += 1) {
      await bench.clock.advance(900)
      sign(pair)
    }
    expect(pair.transport.count('ping')).toBe(0)
    expect(pair.conn.rtt).toBeUndefined()
  })

  it('cuts a peer that misses its pings, with 4102 that no close frame carries', async () => {
    const { bench, transport } = await open({ heartbeat })
    await bench.clock.advance(3_100)
    expect(transport.calls).toEqual([{ call: 'ping' }, { call: 'ping' }, { call: 'terminate' }])
    transport.closed(1006)
    await turn()
    expect(bench.end).toMatchObject({
      code: 4102,
      reason: 'no heartbeat',
      by: 'server',
      clean: false,
      wireCode: undefined,
    })
    expect(bench.clock.pending).toBe(0)
  })

  it('does not cut a peer that we do not read from', async () => {
    const bench = Bench.open({ heartbeat, inbox: { messages: 1 } })
    bench.app.message(() => new Promise(() => {}))
    const { conn, transport } = await bench.connect()
    transport.receive('1')
    transport.receive('2')
    expect(transport.count('pause')).toBe(1)
    await bench.clock.advance(60_000)
    expect(conn.state).toBe('active')
  })

  it('cuts a peer that pings and does not read, before its pongs fill our memory', async () => {
    const { transport, bench } = await open({ outbox: { bytes: 100 } })
    transport.bufferedAmount = 100
    transport.sink.ping()
    expect(transport.count('terminate')).toBe(0)
    transport.bufferedAmount = 101
    transport.sink.ping()
    expect(transport.count('terminate')).toBe(1)
    transport.closed(1006)
    await turn()
    expect(bench.end.code).toBe(4100)
  })

  it('leaves whoever is connecting to the deadline of the handshake', async () => {
    const bench = Bench.open({ heartbeat, handshakeTimeout: 60_000 }).with((app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        await new Promise(() => {})
        return next()
      }),
    )
    const handshake = bench.arrive()
    await bench.clock.advance(30_000)
    expect(handshake.transport.calls).toEqual([])
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
