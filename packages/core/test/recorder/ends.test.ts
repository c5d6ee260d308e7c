import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/connection.js'
import { linkOf } from '../../src/inside.js'
import type { LinkspanOptions } from '../../src/options.js'
import { ProtocolViolation } from '../../src/ports/transport.js'
import { CAUSES, type EndCause } from '../../src/recorder/entry.js'
import { Rejection } from '../../src/rejection.js'
import type { Bench, FakeHandshake, FakeTransport } from '../fake.js'
import { turn } from '../fake-clock.js'
import { closing, entries, explained, recorded } from './recorded.js'

/** Both ends of a connection, and the application that it belongs to. */
interface Scene {
  readonly bench: Bench
  readonly handshake: FakeHandshake
  readonly transport: FakeTransport
  readonly conn: Connection<unknown>
}

interface End {
  readonly cause: EndCause
  /** What the application has, before anybody comes. */
  readonly build?: (app: Bench['app'], bench: Bench) => unknown
  readonly options?: LinkspanOptions
  readonly transport?: Parameters<Bench['arrive']>[1]
  /** What happens once the pipeline has run as far as it does by itself. */
  readonly act?: (scene: Scene) => unknown
  readonly sentence: string
}

const later = (bench: Bench, time: number): Promise<void> =>
  new Promise((resolve) => {
    bench.clock.setTimeout(resolve, time)
  })
const never = (): Promise<never> => new Promise(() => {})
const stalled: LinkspanOptions = { outbox: { bytes: 100 } }

async function* told(scene: Scene, ...texts: string[]): AsyncGenerator<void> {
  for (const text of texts) {
    scene.transport.receive(text)
    yield turn()
  }
}

const ENDS: Readonly<Record<string, End>> = {
  'an origin that may not connect': {
    cause: 'turned-away',
    options: { origin: ['https://app.example'] },
    sentence: 'Before any middleware ran it was refused after 0 ms with 403: this origin may not connect.',
  },
  'a node that drains': {
    cause: 'turned-away',
    build: (app) => void app.drain({ retryAfter: 7 }),
    sentence: 'Before any middleware ran it was refused after 0 ms with 503: restarting.',
  },
  'a middleware that refuses': {
    cause: 'refused',
    build: (app, bench) =>
      app.use(async function jwt(conn, next) {
        await later(bench, 3)
        return conn.request.path === '/' ? conn.reject({ status: 401, reason: 'token expired' }) : next()
      }),
    act: ({ bench }) => bench.clock.advance(3),
    sentence: "Middleware 'jwt' refused it after 3 ms with 401: token expired.",
  },
  'a middleware that refuses visibly': {
    cause: 'refused',
    options: { refuse: 'visibly' },
    build: (app) => app.use((conn) => conn.reject({ status: 401 })),
    act: ({ handshake }) => handshake.transport.closed(4010),
    sentence: 'A middleware without a name closed it after 0 ms with 4010 (authentication failed).',
  },
  'a middleware that throws': {
    cause: 'refused',
    build: (app) =>
      app.use(function profile() {
        throw new Error('the database says: hunter2')
      }),
    sentence: "Middleware 'profile' threw (LINKSPAN_MIDDLEWARE): it was refused after 0 ms with 500.",
  },
  'a scope that cannot be settled': {
    cause: 'refused',
    options: { scope: () => 5 as unknown as string },
    sentence: 'Its pipeline failed (LINKSPAN_SCOPE): it was refused after 0 ms with 500.',
  },
  'a middleware that hangs': {
    cause: 'handshake-timeout',
    build: (app) =>
      app
        .use(function gate(_conn, next) {
          return next()
        })
        .use(function profile() {
          return never()
        }),
    act: async ({ bench }) => {
      await bench.clock.advance(3_000)
      await bench.clock.advance(10_000)
    },
    sentence:
      "Its handshake took longer than the 3 s it may, and had come to middleware 'profile': it was refused after 3 s with 503; a handler, a middleware or a release did not end in time, and was abandoned.",
  },
  'a client that is waited for and says nothing': {
    cause: 'silent',
    options: { handshakeTimeout: 1_000 },
    build: (app) =>
      app.use(async function login(conn, next) {
        await conn.accept()
        await conn.read({ timeout: 60_000 })
        return next()
      }),
    act: async ({ bench, handshake }) => {
      await bench.clock.advance(1_000)
      handshake.transport.closed(4010)
    },
    sentence:
      "The client sent nothing in time, while middleware 'login' waited for a message: it was closed after 1 s with 4010 (authentication failed).",
  },
  'a read that runs out of time by itself': {
    cause: 'refused',
    build: (app) =>
      app.use(async function login(conn, next) {
        await conn.accept()
        await conn.read({ timeout: 500 })
        return next()
      }),
    act: async ({ bench, handshake }) => {
      await bench.clock.advance(500)
      handshake.transport.closed(4010)
    },
    sentence:
      "Middleware 'login' closed it after 500 ms with 4010 (authentication failed): no message came in time.",
  },
  'a client that leaves before it is answered': {
    cause: 'aborted',
    build: (app) =>
      app.use(function profile() {
        return never()
      }),
    act: async ({ bench, handshake }) => {
      await bench.clock.advance(12)
      handshake.abort()
      await bench.clock.advance(10_000)
    },
    sentence:
      "The client went away after 12 ms, before it was answered: the handshake had come to middleware 'profile'; a handler, a middleware or a release did not end in time, and was abandoned.",
  },
  'a middleware that forgets next()': {
    cause: 'next-missing',
    build: (app) =>
      app.use(async function forgetful() {
        return undefined as never
      }),
    sentence:
      "Middleware 'forgetful' ended without next() (LINKSPAN_NEXT_MISSING): it was refused after 0 ms with 500.",
  },
  'a middleware that returns early': {
    cause: 'next-missing',
    build: (app, bench) =>
      app.use(async function early(_conn, next) {
        void next()
        await later(bench, 40)
        return undefined as never
      }),
    act: async ({ bench, transport }) => {
      await bench.clock.advance(40)
      transport.closed(1011)
    },
    sentence:
      'A middleware ended while the connection lived (LINKSPAN_NEXT_MISSING): it was closed after 40 ms with 1011 (internal).',
  },
  'a close during the handshake': {
    cause: 'application',
    build: (app) =>
      app.use(async (conn, next) => {
        conn.close(4002, 'replaced')
        return next()
      }),
    sentence:
      'The application called conn.close() during its handshake: it was refused after 0 ms with 409: replaced.',
  },
  'a peer that leaves during the handshake, after an early 101': {
    cause: 'peer',
    build: (app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        await conn.read()
        return next()
      }),
    act: ({ handshake }) => handshake.transport.closed(1001),
    sentence: 'The client closed it during its handshake after 0 ms, with 1001 (going away).',
  },
  'too much that waits for it to become active': {
    cause: 'slow-consumer',
    options: stalled,
    build: (app) =>
      app.use((conn, next) => {
        for (let index = 0; index < 3; index += 1) conn.send('x'.repeat(60))
        return next()
      }),
    sentence:
      'Before it was active more was sent to it than may wait, of at most 100 bytes: it was refused after 0 ms with 429; 1 message that waited for it was dropped.',
  },
  'a slow consumer': {
    cause: 'slow-consumer',
    options: stalled,
    act: async ({ bench, transport, conn }) => {
      transport.answer = 'queued'
      conn.send('0')
      transport.bufferedAmount = 60
      await bench.clock.advance(2_400)
      conn.send('x'.repeat(30))
      conn.send('x'.repeat(30))
      transport.closed(1006)
    },
    sentence:
      'The client read more slowly than it was sent to: 90 bytes waited for it, of at most 100 bytes, and one message more, of 30 bytes, did not fit; it was cut after 2.4 s with 4100 (slow consumer); 1 message that waited for it was dropped.',
  },
  'a client that pings and does not read': {
    cause: 'slow-consumer',
    options: stalled,
    act: ({ transport }) => {
      transport.bufferedAmount = 101
      transport.sink.ping()
      transport.closed(1006)
    },
    sentence:
      'The client read more slowly than it was sent to: 101 bytes waited for it, of at most 100 bytes; it was cut after 0 ms with 4100 (slow consumer).',
  },
  'a message that is too big': {
    cause: 'violation',
    act: ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1009, true)),
    sentence:
      'The client sent a message larger than maxPayload, which is 65,536 bytes: it was closed after 0 ms with 1009 (too big).',
  },
  'text that is no UTF-8': {
    cause: 'violation',
    act: ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1007, true)),
    sentence: 'The client sent text that is no UTF-8: it was closed after 0 ms with 1007 (invalid payload).',
  },
  'a broken frame, where nothing can be sent any more': {
    cause: 'violation',
    act: ({ transport }) => transport.closed(1006, '', new ProtocolViolation(1002, false)),
    sentence: 'The client broke the WebSocket protocol: it was cut after 0 ms with 1002 (protocol error).',
  },
  'a peer that closes': {
    cause: 'peer',
    act: async ({ bench, transport }) => {
      await bench.clock.advance(130_000)
      transport.closed(4321, 'hunter2')
    },
    sentence: 'The client closed it after 2 min 10 s, with 4321.',
  },
  'a peer that closes without a code': {
    cause: 'peer',
    act: ({ transport }) => transport.closed(1005),
    sentence: 'The client closed it after 0 ms, without a code.',
  },
  'a network that is gone': {
    cause: 'network',
    act: async ({ bench, transport }) => {
      transport.receive('hello')
      await bench.clock.advance(61_000)
      transport.closed(1006)
    },
    sentence:
      'The network lost it after 61 s: its socket ended without a close frame; the client was last heard of 61 s before.',
  },
  'a peer that leaves while much of what it said waits': {
    cause: 'network',
    build: (app) => app.message(() => never()),
    act: async (scene) => {
      for await (const _ of told(scene, 'one', 'two', 'three'));
      scene.transport.closed(1006)
      await scene.bench.clock.advance(5_000)
      await scene.bench.clock.advance(10_000)
    },
    sentence:
      'The network lost it after 0 ms: its socket ended without a close frame; what it had said before was not handled in time; a handler, a middleware or a release did not end in time, and was abandoned; 2 messages that it had sent were dropped.',
  },
  'the application': {
    cause: 'application',
    act: ({ conn, transport }) => {
      conn.close(4001, 'revoked')
      transport.closed(4001)
    },
    sentence: 'The application called conn.close(): it was closed after 0 ms with 4001 (revoked): revoked.',
  },
  'the application, and a client that does not answer': {
    cause: 'application',
    act: async ({ bench, conn }) => {
      conn.close()
      await bench.clock.advance(5_000)
    },
    sentence:
      'The application called conn.close(): it was closed after 0 ms with 1000 (normal); the client did not answer the close frame in time, and was cut.',
  },
  'terminate()': {
    cause: 'terminated',
    act: ({ conn, transport }) => {
      conn.terminate()
      transport.closed(1006)
    },
    sentence: 'The application called conn.terminate(): it was cut after 0 ms with 1006 (abnormal).',
  },
  'app.disconnect()': {
    cause: 'disconnect',
    act: ({ bench, conn, transport }) => {
      void bench.app.disconnect(conn, { reason: 'bye' })
      transport.closed(4000)
    },
    sentence: 'The server called app.disconnect(): it was closed after 0 ms with 4000 (disconnected): bye.',
  },
  'a drain': {
    cause: 'drain',
    act: async ({ bench, transport }) => {
      void bench.app.drain()
      await bench.clock.advance(10)
      transport.closed(1012)
    },
    sentence: 'The server drained: it was closed after 0 ms with 1012 (restarting): restarting.',
  },
  'a handler that throws': {
    cause: 'handler',
    build: (app) =>
      app.message(() => {
        throw new Error('hunter2')
      }),
    act: ({ transport }) => {
      transport.receive('hello')
      transport.closed(1011)
    },
    sentence: 'A message handler threw (LINKSPAN_HANDLER): it was closed after 0 ms with 1011 (internal).',
  },
  'a handler that refuses': {
    cause: 'handler',
    build: (app) =>
      app.message(() => {
        throw new Rejection({ status: 403, reason: 'not yours' })
      }),
    act: ({ transport }) => {
      transport.receive('hello')
      transport.closed(4003)
    },
    sentence:
      'A message handler refused to go on: it was closed after 0 ms with 4003 (forbidden): not yours.',
  },
  'a handler that does what it may not': {
    cause: 'handler',
    build: (app) =>
      app.topics('staff', { join: () => false }).message((conn) => {
        conn.join('staff')
      }),
    act: ({ transport }) => {
      transport.receive('hello')
      transport.closed(4003)
    },
    sentence:
      'A message handler did what the policy of a topic forbids: it was closed after 0 ms with 4003 (forbidden).',
  },
  'more than a handler takes, where reading cannot be paused': {
    cause: 'inbox',
    options: { inbox: { messages: 2 } },
    transport: { pausable: false },
    build: (app) => app.message(() => never()),
    act: async ({ bench, transport }) => {
      for (const text of ['one', 'two', 'three']) transport.receive(text)
      transport.closed(4101)
      await bench.clock.advance(10_000)
    },
    sentence:
      'The client sent faster than its handler took: 2 messages waited, of at most 2, and its transport cannot pause; it was closed after 0 ms with 4101 (too many); a handler, a middleware or a release did not end in time, and was abandoned; 2 messages that it had sent were dropped.',
  },
  'a peer that is dead': {
    cause: 'no-heartbeat',
    options: { heartbeat: { interval: 1_000, misses: 3 } },
    act: async ({ bench, transport }) => {
      await bench.clock.advance(1_100)
      transport.sink.pong()
      await bench.clock.advance(5_000)
      transport.closed(1006)
    },
    sentence:
      'The client left 3 pings unanswered, and was last heard of 4 s before: it was cut after 5.1 s with 4102 (no heartbeat).',
  },
  'credentials that end': {
    cause: 'expired',
    build: (app, bench) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', expiresAt: bench.clock.now() + 90_000 })
        return next()
      }),
    act: async ({ bench, transport }) => {
      await bench.clock.advance(90_000)
      transport.closed(4200)
    },
    sentence: 'Its credentials ended: it was closed after 90 s with 4200 (expired).',
  },
  'a hook that does not let a renewed identity stay': {
    cause: 'renewal',
    build: (app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        conn.onRenewed(() => conn.reject({ status: 403, reason: 'no longer' }))
        return next()
      }),
    act: async ({ conn, transport }) => {
      conn.renew({ subject: 'ada', expiresAt: 9_000_000 })
      await turn()
      transport.closed(4003)
    },
    sentence:
      'A hook did not let its renewed identity stay: it was closed after 0 ms with 4003 (forbidden): no longer.',
  },
  'a hook that throws': {
    cause: 'renewal',
    build: (app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        conn.onRenewed(() => {
          throw new Error('hunter2')
        })
        return next()
      }),
    act: async ({ conn, transport }) => {
      conn.renew({ subject: 'ada', expiresAt: 9_000_000 })
      await turn()
      transport.closed(1011)
    },
    sentence:
      'A hook of its renewal threw (LINKSPAN_MIDDLEWARE): it was closed after 0 ms with 1011 (internal).',
  },
  'a middleware that throws while the connection lives': {
    cause: 'middleware',
    build: (app, bench) =>
      app.use(async (_conn, next) => {
        const end = next()
        await later(bench, 50)
        if (bench.clock.monotonic() > 0) throw new Error('hunter2')
        return end
      }),
    act: async ({ bench, transport }) => {
      await bench.clock.advance(50)
      transport.closed(1011)
    },
    sentence:
      'A middleware threw (LINKSPAN_MIDDLEWARE) while it lived: it was closed after 50 ms with 1011 (internal).',
  },
  'a middleware that refuses while the connection lives': {
    cause: 'middleware',
    build: (app, bench) =>
      app.use(async (conn, next) => {
        const end = next()
        await later(bench, 50)
        return bench.clock.monotonic() > 0 ? conn.reject({ status: 403 }) : end
      }),
    act: async ({ bench, transport }) => {
      await bench.clock.advance(50)
      transport.closed(4003)
    },
    sentence: 'A middleware refused it while it lived: it was closed after 50 ms with 4003 (forbidden).',
  },
}

describe('why it ended', () => {
  it.each(Object.entries(ENDS))('%s', async (_name, { cause, build, options, transport, act, sentence }) => {
    const bench = recorded(options)
    build?.(bench.app, bench)
    let conn: Connection<unknown> | undefined
    bench.app.on('open', (opened) => {
      conn = opened
    })
    const handshake = bench.arrive(
      { url: '/?token=hunter2', headers: { host: 'h', origin: 'https://hunter2.example' } },
      transport,
    )
    await bench.clock.advance(0)
    const scene = {
      bench,
      handshake,
      get transport() {
        return handshake.transport
      },
      get conn() {
        if (conn === undefined) throw new Error('it was not let in')
        return conn
      },
    }
    await act?.(scene)
    await bench.clock.advance(0)

    const explanation = explained(bench)
    const end = bench.end
    expect(explanation.sentence).toBe(sentence)
    expect(explanation.sentence.match(/\.( |$)/g)).toHaveLength(1)
    expect(explanation.recording.state).toBe('closed')
    expect(explanation.recording.end).toEqual({
      ...end,
      reason: end.by === 'server' ? end.reason : '',
      duration: Math.floor(end.duration),
    })
    // It is plain JSON: a file of it has all that it has.
    expect(JSON.parse(JSON.stringify(explanation.recording))).toStrictEqual(explanation.recording)
    expect(String(explanation)).toContain(`${sentence}\n`)
    expect(closing(explanation)).toMatchObject({ cause, code: end.code, by: end.by })
    // Whatever the peer, or an error, has said.
    expect(JSON.stringify(explanation) + String(explanation)).not.toContain('hunter2')
  })

  it('is told in one of these words, each of which is above', () => {
    expect(new Set(Object.values(ENDS).map(({ cause }) => cause))).toEqual(new Set(CAUSES))
  })
})

describe('a transport that throws instead of accepting', () => {
  it('is told of as that', async () => {
    const bench = recorded()
    const handshake = bench.arrive()
    handshake.accept = () => {
      throw new Error('a bug')
    }
    await bench.clock.advance(0)
    const explanation = explained(bench)
    expect(explanation.sentence).toBe(
      'The transport threw instead of accepting it (LINKSPAN_TRANSPORT), after 0 ms.',
    )
    expect(entries(explanation, 'error')).toMatchObject([{ code: 'LINKSPAN_TRANSPORT', count: 1 }])
  })
})

describe('a peer that pings', () => {
  it('was heard of, to a tick of the heartbeat', async () => {
    const bench = recorded({ heartbeat: { interval: 60_000, misses: 3 } })
    const { transport, conn } = await bench.connect()
    await bench.clock.advance(50_000)
    transport.sink.ping()
    await bench.clock.advance(5_000)
    expect(linkOf(conn).missed).toBe(0)
    const living = explained(bench)
    expect(living.recording.heard).toBeGreaterThan(49_500)
    transport.closed(1006)
    await bench.clock.advance(0)
    expect(explained(bench).sentence).toMatch(/the client was last heard of 5(\.\d)? s before\.$/)
  })
})
