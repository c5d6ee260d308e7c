import { describe, expect, it, vi } from 'vitest'
import type { LogOptions } from '../src/log-options.js'
import type { Middleware } from '../src/middleware.js'
import type { LinkspanOptions } from '../src/options.js'
import { pipeline } from '../src/pipeline.js'
import type { AsyncContext } from '../src/ports/context.js'
import type { Logger } from '../src/ports/logger.js'
import { Nodes } from './cluster/nodes.js'
import { connected, handled, slowPeer } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

type Fields = Readonly<Record<string, unknown>>

/** The lines that tell how connections ended. */
function ends({ logged }: Bench): { level: string; message: string; fields: Fields }[] {
  return logged
    .map((line) => ({ ...line, fields: line.fields as Fields }))
    .filter(({ fields }) => /^connection\.(?!opened)/.test(String(fields['event'])))
}

/** The lines whose event begins so, without their sentences. */
function lines({ logged }: Bench, event: string): [string, object][] {
  return logged.flatMap(({ level, fields }) =>
    String((fields as Fields)['event']).startsWith(event) ? [[level, fields] as [string, object]] : [],
  )
}

describe('a connection that opened', () => {
  it('has a line at debug, with the time that its handshake took', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: 'acme' })
        await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, 40))
        return next()
      }),
    )
    bench.arrive()
    await bench.clock.advance(40)
    const [conn] = bench.app.connections
    expect(bench.logged).toEqual([
      {
        level: 'debug',
        message: 'linkspan: connection opened',
        fields: {
          event: 'connection.opened',
          connection: conn?.id,
          tenant: 'acme',
          via: '',
          state: 'active',
          duration: 40,
        },
      },
    ])
  })
})

describe('a handshake that was refused', () => {
  it('has one line: its status, our code and reason, and the middleware that it had come to', async () => {
    const bench = Bench.open().with((app) =>
      app
        .use((conn, next) => {
          conn.authenticate({ subject: 'ada', tenant: 'acme' })
          return next()
        })
        .use(async function quota(conn) {
          await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, 7))
          return conn.reject({ status: 429, reason: 'slow down' })
        }),
    )
    bench.arrive()
    const [conn] = bench.app.connections
    await bench.clock.advance(7)
    expect(bench.logged).toEqual([
      {
        level: 'info',
        message: 'linkspan: connection refused',
        fields: {
          event: 'connection.refused',
          connection: conn?.id,
          tenant: 'acme',
          via: '',
          state: 'closed',
          status: 429,
          middleware: 'quota',
          code: 4101,
          reason: 'slow down',
          by: 'server',
          clean: false,
          wireCode: undefined,
          duration: 7,
        },
      },
    ])
  })

  const refuse: Middleware<unknown, {}> = (conn) => conn.reject({ status: 403 })
  const pass: Middleware<unknown, {}> = (_conn, next) => next()
  const hang: Middleware<unknown, {}> = () => new Promise(() => {})

  it.each<[string, Middleware<unknown, {}>[], LinkspanOptions, unknown[]]>([
    ['within a bundle', [pipeline().use(pass).use(refuse)], {}, [403, 'refuse']],
    ['by one that has no name', [(conn) => conn.reject({ status: 403 })], {}, [403, 'anonymous']],
    ['by one that threw', [() => Promise.reject(new Error('no'))], {}, [500, 'anonymous']],
    ['by the clock', [pass, hang], {}, [503, 'hang']],
    ['by the scope', [pass], { scope: () => 7 as unknown as string }, [500, undefined]],
    ['before any of them', [refuse], { maxConnections: 0 }, [503, undefined]],
    ['by its origin', [refuse], { origin: ['https://app.example'] }, [403, undefined]],
  ])('%s', async (_, stack, options, expected) => {
    const bench = Bench.open(options)
    for (const middleware of stack) bench.app.use(middleware)
    bench.arrive({ headers: { host: 'chat.example', origin: 'https://evil.example' } })
    await bench.clock.advance(20_000)
    const [line, ...others] = ends(bench)
    expect(others).toEqual([])
    expect([line?.fields['status'], line?.fields['middleware']]).toEqual(expected)
  })

  it('after its 101 has the code that travelled, too', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async function hello(conn) {
        await conn.accept()
        return conn.reject({ status: 401, reason: 'who are you?' })
      }),
    )
    const { transport } = await arrived(bench)
    transport.closed(4010)
    await turn()
    expect(ends(bench)).toMatchObject([
      {
        level: 'info',
        fields: {
          event: 'connection.refused',
          status: 401,
          middleware: 'hello',
          code: 4010,
          wireCode: 4010,
          clean: true,
        },
      },
    ])
  })
})

describe('a handshake that was over before it was answered', () => {
  it('has one line, and the middleware that it had come to', async () => {
    const bench = Bench.open().with((app) =>
      app.use(async function slow(conn) {
        await conn.closed
        return new Promise<never>(() => {})
      }),
    )
    const handshake = bench.arrive()
    await bench.clock.advance(12)
    handshake.abort()
    await bench.clock.advance(20_000)
    expect(ends(bench)).toMatchObject([
      {
        level: 'info',
        message: 'linkspan: connection aborted',
        fields: {
          event: 'connection.aborted',
          status: undefined,
          middleware: 'slow',
          code: 1006,
          by: 'network',
          wireCode: undefined,
          duration: 12,
        },
      },
    ])
  })
})

describe('a connection that closed', () => {
  it('has one line: who, why, what travelled and how long it lived', async () => {
    const { bench, conn, transport } = await connected()
    await bench.clock.advance(500)
    conn.close(4000, 'bye')
    transport.closed(4000)
    await turn()
    expect(ends(bench)).toEqual([
      {
        level: 'info',
        message: 'linkspan: connection closed',
        fields: {
          event: 'connection.closed',
          connection: conn.id,
          tenant: undefined,
          via: '',
          state: 'closed',
          code: 4000,
          reason: 'bye',
          by: 'server',
          clean: true,
          wireCode: 4000,
          duration: 500,
        },
      },
    ])
  })

  it('never with what the peer wrote as its reason', async () => {
    const { bench, transport } = await connected()
    transport.closed(4444, 'token=secret')
    await turn()
    expect(ends(bench)).toMatchObject([{ fields: { code: 4444, reason: '', by: 'peer', wireCode: 4444 } }])
    expect(JSON.stringify(bench.logged)).not.toContain('secret')
  })
})

describe('an end that is a fault of ours', () => {
  it('is a warning: a handler that throws', async () => {
    const { bench, transport } = await handled(() => {
      throw new Error('no')
    })
    transport.receive('go')
    await turn()
    transport.closed(1011)
    await turn()
    expect(ends(bench)).toMatchObject([{ level: 'warn', fields: { code: 1011, by: 'server' } }])
  })

  it('is a warning: a slow consumer', async () => {
    const { bench, conn, transport } = await slowPeer({ bytes: 1 })
    transport.answer = 'dropped'
    conn.send('1')
    conn.send('2')
    transport.closed(1006)
    await turn()
    expect(ends(bench)).toMatchObject([{ level: 'warn', fields: { code: 4100, wireCode: undefined } }])
  })

  it('is a warning: a peer that was not heard of any more', async () => {
    const { bench, transport } = await connected({ heartbeat: { interval: 1_000, misses: 1 } })
    await bench.clock.advance(3_000)
    transport.closed(1006)
    await turn()
    expect(ends(bench)).toMatchObject([{ level: 'warn', fields: { code: 4102 } }])
  })

  it('is a warning: a handshake that took too long', async () => {
    const bench = Bench.open({ handshakeTimeout: 100 }).with((app) =>
      app.use(() => new Promise<never>(() => {})),
    )
    bench.arrive()
    await bench.clock.advance(20_000)
    expect(ends(bench)).toMatchObject([
      { level: 'warn', fields: { event: 'connection.refused', code: 1013 } },
    ])
  })

  it.each([1011, 1013, 4100, 4102])('is no fault of ours where it is the peer who says %d', async (code) => {
    const { bench, transport } = await connected()
    transport.closed(code)
    await turn()
    expect(ends(bench)).toMatchObject([{ level: 'info', fields: { code, by: 'peer' } }])
  })
})

describe('the levels', () => {
  const levelsOf = async (log: LogOptions): Promise<unknown[]> => {
    const bench = Bench.open({ log })
    for (const code of [4000, 1011]) {
      const { conn, transport } = await bench.connect()
      conn.close(code)
      transport.closed(code)
      await turn()
    }
    return bench.logged.map(({ level, fields }) => [
      level,
      (fields as Fields)['event'],
      (fields as Fields)['code'],
    ])
  }

  it('are those that are chosen, for each event and for faults', async () => {
    const levels = { 'connection.opened': 'info', 'connection.closed': 'debug' } as const
    expect(await levelsOf({ levels, faults: 'error' })).toEqual([
      ['info', 'connection.opened', undefined],
      ['debug', 'connection.closed', 4000],
      ['info', 'connection.opened', undefined],
      ['error', 'connection.closed', 1011],
    ])
  })

  it('may be none: faults alone', async () => {
    const levels = { 'connection.opened': 'silent', 'connection.closed': 'silent' } as const
    expect(await levelsOf({ levels })).toEqual([['warn', 'connection.closed', 1011]])
  })

  it('may be none: all but faults', async () => {
    expect(await levelsOf({ levels: { 'connection.opened': 'silent' }, faults: 'silent' })).toEqual([
      ['info', 'connection.closed', 4000],
    ])
  })

  it('that go nowhere cost nothing: neither a line nor a count', async () => {
    const isLevelEnabled = vi.fn((level: string) => level !== 'info')
    const info = vi.fn()
    const warn = vi.fn()
    const logger: Logger = { debug: () => {}, info, warn, error: () => {}, isLevelEnabled }
    const bench = Bench.open({ logger, log: { perSecond: 1 } })
    for (const code of [4000, 4000, 4000, 1011]) {
      const { conn, transport } = await bench.connect()
      conn.close(code)
      transport.closed(code)
      await turn()
    }
    expect(info).not.toHaveBeenCalled()
    expect(warn).toHaveBeenCalledOnce()
    expect(isLevelEnabled.mock.contexts.every((context) => context === logger)).toBe(true)
    // The opened ones: a line and three that were suppressed.
    expect(bench.clock.pending).toBe(1)
    await bench.clock.advance(1_000)
    expect(info).not.toHaveBeenCalled()
  })
})

describe('a logger that throws', () => {
  const broken = (): never => {
    throw new Error('disk full')
  }
  const logger: Logger = { debug: () => {}, info: broken, warn: broken, error: broken }

  it('is an error, and breaks nothing', async () => {
    const { bench, conn, transport } = await connected({ logger })
    conn.close(4000)
    transport.closed(4000)
    await turn()
    expect(bench.end.code).toBe(4000)
    expect(bench.told.filter(({ event }) => event === 'error')).toMatchObject([
      {
        conn: { id: conn.id },
        with: {
          code: 'LINKSPAN_LISTENER',
          message: 'the logger threw: loggers must not.',
          cause: new Error('disk full'),
        },
      },
    ])
  })

  it('or rejects, later, is the same: no rejection is left to the process', async () => {
    const rejects = (): unknown => Promise.reject(new Error('disk full'))
    const { bench, conn, transport } = await connected({
      logger: { debug: () => {}, info: rejects, warn: rejects, error: rejects },
    })
    transport.closed(1001)
    await turn()
    expect(bench.told.filter(({ event }) => event === 'error')).toMatchObject([
      { conn: { id: conn.id }, with: { code: 'LINKSPAN_LISTENER', cause: new Error('disk full') } },
    ])
  })

  it('when it is asked for its level is an error too, and has no line', async () => {
    const info = vi.fn()
    const { bench, transport } = await connected({ logger: { ...logger, info, isLevelEnabled: broken } })
    transport.closed(1001)
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER', 'LINKSPAN_LISTENER'])
    expect(info).not.toHaveBeenCalled()
  })

  it('at what was suppressed is an error too, and of no connection', async () => {
    const info = (fields: object): void => {
      if ('suppressed' in fields) broken()
    }
    const bench = Bench.open({ logger: { ...logger, info }, log: { perSecond: 1 } })
    await left(bench, 2)
    expect(bench.errors).toEqual([])
    await bench.clock.advance(1_000)
    expect(bench.told.filter(({ event }) => event === 'error')).toMatchObject([
      { conn: undefined, with: { code: 'LINKSPAN_LISTENER' } },
    ])
    expect(bench.clock.pending).toBe(0)
  })

  it('at an error ends there: there is nobody left to tell', async () => {
    const bench = Bench.open({ logger, log: { perSecond: 1 } })
    bench.app.on('error', broken)
    await left(bench, 3)
    await bench.clock.advance(10_000)
    // The first line, and the one that tells of the two that were suppressed.
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER', 'LINKSPAN_LISTENER'])
    expect(bench.clock.pending).toBe(0)
  })

  it('when the application is made stops it no more than later', () => {
    expect(() => Bench.open({ logger, heartbeat: false, proxyIdleTimeout: 60_000 })).not.toThrow()
  })
})

describe('a drain', () => {
  it('has a line when it begins, and one when it has ended', async () => {
    const bench = Bench.open({ log: { levels: { 'connection.closed': 'silent' } } })
    const { transport } = await bench.connect()
    const drained = bench.app.drain({ grace: 10_000, reason: 'a new version' })
    transport.closed(1012)
    await bench.clock.advance(0)
    await drained
    expect(lines(bench, 'drain.')).toEqual([
      ['info', { event: 'drain.began', connections: 1, grace: 10_000, code: 1012, reason: 'a new version' }],
      ['info', { event: 'drain.ended', closed: 1, forced: 0, duration: 0 }],
    ])
    expect(bench.logged.map(({ message }) => message).slice(1)).toEqual([
      'linkspan: draining',
      'linkspan: drained',
    ])
  })

  it('has them once, however often it is asked for', async () => {
    const bench = Bench.open()
    await Promise.all([bench.app.drain(), bench.app.drain()])
    expect(lines(bench, 'drain.')).toHaveLength(2)
  })
})

describe('the other nodes', () => {
  it('have a line when they are there, and when they are gone', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    const other = await nodes.start('other')
    expect(lines(one.bench, 'node.')).toMatchObject([['info', { event: 'node.joined', node: 'other' }]])
    const drained = other.bench.app.drain()
    await nodes.pass(1_000)
    await drained
    const [{ epoch } = { epoch: 0 }] = one.told.node
    expect(lines(one.bench, 'node.')).toEqual([
      ['info', { event: 'node.joined', node: 'other', epoch }],
      ['info', { event: 'node.left', node: 'other', epoch }],
    ])
  })

  it('and the broker between them have a line whenever it changes, and one for a gap', async () => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    const { sink } = nodes.broker.link()
    sink.down(new Error('amqp://user:secret@engine is away'))
    sink.up(false)
    // A gap is told when everything is listened to again.
    await nodes.pass()
    expect(bench.logged.map(({ level, fields }) => [level, fields])).toEqual([
      ['info', { event: 'broker.up' }],
      ['warn', { event: 'broker.down' }],
      ['info', { event: 'broker.up' }],
      ['warn', { event: 'broker.gap', node: undefined, missed: undefined }],
    ])
    expect(bench.logged.map(({ message }) => message)).toEqual([
      'linkspan: the broker answers',
      'linkspan: the broker cannot be reached',
      'linkspan: the broker answers',
      'linkspan: messages of other nodes are missing',
    ])
  })

  it('have a warning when the engine refuses calls', async () => {
    const nodes = new Nodes()
    const one = await nodes.start('one')
    nodes.broker.link().script = () => 'refuse'
    await nodes.visitor(one)
    await nodes.pass(60_000)
    expect(one.told.broker.map(({ status }) => status)).toContain('degraded')
    const times = one.told.broker.filter(({ status }) => status === 'degraded').length
    expect(lines(one.bench, 'broker.degraded')).toEqual(
      Array.from({ length: times }, () => ['warn', { event: 'broker.degraded' }]),
    )
  })
})

describe('the context of a connection', () => {
  it('is that of its lines, too', async () => {
    let ambient = 'nothing'
    const context: AsyncContext = {
      capture: () => {
        const captured = ambient
        return (callback, ...args) => {
          const before = ambient
          ambient = captured
          try {
            return callback(...args)
          } finally {
            ambient = before
          }
        }
      },
    }
    const seen: unknown[] = []
    const note = (fields: object): void => void seen.push([(fields as Fields)['event'], ambient])
    const bench = Bench.open({ context, logger: { debug: note, info: note, warn: note, error: note } }).with(
      (app) =>
        app.use((_conn, next) => {
          ambient = 'trace 7'
          const whole = next()
          ambient = 'nothing'
          return whole
        }),
    )
    const { transport } = await bench.connect()
    transport.closed(1001)
    await turn()
    expect(seen).toEqual([
      ['connection.opened', 'trace 7'],
      ['connection.closed', 'trace 7'],
    ])
  })
})

/** Clients that come, and leave. */
async function left(bench: Bench, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) {
    const { transport } = await bench.connect()
    transport.closed(1001)
    await turn()
  }
}

/** A client whose handshake is answered with 101, and that is not let in yet. */
async function arrived<Data>(bench: Bench<Data>) {
  const handshake = bench.arrive()
  await turn()
  return handshake
}
