import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Linkspan, linkspan } from '../src/app.js'
import type { Connection } from '../src/connection.js'
import type { Message } from '../src/message.js'
import type { End, Next } from '../src/middleware.js'
import type { LinkspanOptions } from '../src/options.js'
import type { Logger } from '../src/ports/logger.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { FakeHandshake } from './fake.js'
import { FakeClock, turn } from './fake-clock.js'

type Fields = Readonly<Record<string, unknown>>

/** What must not be in any line, wherever it was planted; a part of it gives it away too. */
const PREFIX = 'hunter2'
const PLANTED = {
  path: `${PREFIX}-path`,
  query: `${PREFIX}-query`,
  header: `${PREFIX}-header`,
  param: `${PREFIX}-param`,
  payload: `${PREFIX}-payload`,
  reason: `${PREFIX}-reason`,
  claim: `${PREFIX}-claim`,
} as const

/** As pino writes an error: its message and stack with those of its causes, and whatever else it has. */
function serialised(value: unknown): unknown {
  if (value instanceof AggregateError) return { ...plain(value), errors: value.errors.map(serialised) }
  return value instanceof Error ? plain(value) : value
}

function plain(error: Error): object {
  const { name, message, stack, cause } = error
  return { ...error, name, message, stack, cause: serialised(cause) }
}

type Step = (conn: Connection<unknown>, next: Next) => Promise<End<{}>>

/** What middleware does with what a client has sent: well, badly, or not at all. */
const MIDDLEWARE: Readonly<Record<string, Step>> = {
  passes: (_conn, next) => next(),
  authenticates: (conn, next) => {
    conn.authenticate({ subject: 'ada', tenant: 'acme', claims: { token: PLANTED.claim } })
    return next()
  },
  'keeps it in the data': (conn, next) => next({ token: conn.request.query.get('token') }),
  refuses: async (conn) => conn.reject({ status: 401, reason: 'no token that we know' }),
  'answers a header with it': (conn, next) => {
    conn.setHeader('x-token', `${conn.request.query.get('token')}`)
    return next()
  },
  'answers a header that is none': (conn, next) => {
    conn.setHeader('x-token', `${conn.request.query.get('token')}\r\n`)
    return next()
  },
  'refuses with a header that is none': async (conn) =>
    conn.reject({ status: 401, headers: { 'x-token': `${conn.request.query.get('token')}\n` } }),
  throws: () => Promise.reject(new Error('the identity provider is down')),
  'never answers': () => new Promise(() => {}),
  'joins what it is asked to': (conn, next) => {
    conn.join(`${conn.request.query.get('token')}`)
    return next()
  },
  'reads JSON that is none': async (conn, next) => {
    await conn.accept()
    const hello = await conn.read()
    return next({ hello: hello.json() })
  },
  'reads, and refuses': async (conn) => {
    await conn.accept()
    await conn.read()
    return conn.reject({ status: 401, reason: 'no token that we know' })
  },
}

/** What handlers do with what a client says. */
const HANDLERS: Readonly<
  Record<string, (conn: Connection<unknown>, message: Message) => void | Promise<void>>
> = {
  echoes: (conn, message) => void conn.send(message),
  'reads JSON that is none': (_conn, message) => void message.json(),
  throws: () => Promise.reject(new Error('a bug')),
  'joins what it is told to': (conn, message) => conn.join(message.text()),
  'sends to whom it is told to': (conn, message) => void conn.to(message.text()).send('hello'),
  'joins more than a name': (conn, message) => conn.join(message.text().repeat(100)),
  'closes with the code that it is told': (conn, message) => conn.close(message.text() as unknown as number),
  'sends what cannot be sent': (conn, message) => void conn.send({ message: message.text() } as never),
  'authenticates again': (conn) => conn.authenticate({ subject: PLANTED.payload }),
  'becomes somebody else': (conn, message) => conn.renew({ subject: message.text() }),
}

/** How lives end. */
const ENDS: Readonly<
  Record<string, (handshake: FakeHandshake, clock: FakeClock, app: Linkspan<{}>) => unknown>
> = {
  'the peer closes': ({ transport }) => transport.closed(4444, PLANTED.reason),
  'the peer closes with our words': ({ transport }) => transport.closed(1011, PLANTED.reason),
  'the network cuts': ({ transport }) => transport.closed(1006, '', new Error(PLANTED.reason)),
  'the peer breaks the protocol': ({ transport }) =>
    transport.closed(1006, PLANTED.reason, new ProtocolViolation(1007, true)),
  'the peer is silent': (_handshake, clock) => clock.advance(10_000),
  'the server drains': async (_handshake, clock, app) => {
    void app.drain({ grace: 1_000 })
    await clock.advance(10_000)
  },
}

const nameOf = (of: object): fc.Arbitrary<string> => fc.constantFrom(...Object.keys(of))

const life = fc.record({
  middleware: fc.array(nameOf(MIDDLEWARE), { maxLength: 3 }),
  handler: nameOf(HANDLERS),
  messages: fc.array(fc.constantFrom('text', 'JSON', 'bytes', 'no JSON'), { maxLength: 3 }),
  end: nameOf(ENDS),
  listens: fc.boolean(),
  releases: fc.boolean(),
  visibly: fc.boolean(),
})

const MESSAGES: Readonly<Record<string, string | Uint8Array>> = {
  text: PLANTED.payload,
  JSON: JSON.stringify({ password: PLANTED.payload }),
  'no JSON': `{"password":"${PLANTED.payload}"`,
  bytes: new TextEncoder().encode(PLANTED.payload),
}

type Life = typeof life extends fc.Arbitrary<infer One> ? One : never

const PLAIN: Life = {
  middleware: ['authenticates'],
  handler: 'echoes',
  messages: ['text', 'no JSON'],
  end: 'the peer closes',
  listens: false,
  releases: false,
  visibly: false,
}
/** A life of everything that there is; then come random ones. */
const EACH: readonly Life[] = [
  ...Object.keys(MIDDLEWARE).map((name) => ({ ...PLAIN, middleware: [name] })),
  ...Object.keys(HANDLERS).map((handler) => ({ ...PLAIN, handler })),
  ...Object.keys(ENDS).map((end) => ({ ...PLAIN, end })),
  { ...PLAIN, listens: true, releases: true },
]

const seen = { events: new Set<unknown>(), codes: new Set<unknown>() }

/** Lives it, and answers what was logged of it. */
async function live({
  middleware,
  handler,
  messages,
  end,
  listens,
  releases,
  visibly,
}: Life): Promise<string> {
  const clock = new FakeClock()
  const written: Fields[] = []
  const note = (fields: object, message: string): void => void written.push({ ...fields, message })
  const logger: Logger = { debug: note, info: note, warn: note, error: note }
  const options: LinkspanOptions = {
    origin: '*',
    clock,
    logger,
    log: { perSecond: 2 },
    heartbeat: { interval: 1_000, misses: 1 },
    refuse: visibly ? 'visibly' : 'quietly',
  }
  const app = linkspan(options).topics('*', { join: () => false, publish: () => false })
  app.use(async (conn, next) => {
    if (releases) conn.defer(() => conn.join(`${conn.request.query.get('token')}`))
    return next()
  })
  for (const name of middleware) app.use(MIDDLEWARE[name] as Step)
  app.message((conn, message) => HANDLERS[handler]?.(conn, message))
  if (listens) app.on('open', (conn) => conn.join(`${conn.request.query.get('token')}`))

  const handshake = new FakeHandshake({
    url: `/${PLANTED.path}?token=${PLANTED.query}`,
    headers: {
      host: 'chat.example',
      authorization: `Bearer ${PLANTED.header}`,
      cookie: `session=${PLANTED.header}`,
      'sec-websocket-protocol': PLANTED.header,
    },
    params: { room: PLANTED.param },
  })
  app.handle(handshake)
  await turn()
  if (handshake.accepted) for (const name of messages) handshake.transport.receive(MESSAGES[name] as string)
  await turn()
  if (handshake.accepted) await ENDS[end]?.(handshake, clock, app)
  await clock.advance(20_000)
  if (handshake.accepted) handshake.transport.closed(1006)
  await clock.advance(20_000)
  expect(app.connections.size).toBe(0)

  for (const { event, code } of written) {
    seen.events.add(event)
    if (event === 'error') seen.codes.add(code)
  }
  const last = written.filter(({ event }) => /^connection\.(refused|aborted|closed)$/.test(String(event)))
  expect(last).toHaveLength(1)
  return JSON.stringify(written, (_key, value: unknown) => serialised(value))
}

describe('whatever a client sends, and whatever becomes of it', () => {
  it('no line has it, in its fields, its sentence, or an error, its stack and its causes', {
    timeout: 60_000,
  }, async () => {
    const property = fc.asyncProperty(life, async (one) => {
      expect(await live(one)).not.toContain(PREFIX)
    })
    await fc.assert(property, { numRuns: 400, examples: EACH.map((one) => [one]) })
  })

  it('all of these lines have been there, or nothing was proved', () => {
    expect([...seen.events].sort()).toEqual(
      expect.arrayContaining([
        'connection.closed',
        'connection.opened',
        'connection.refused',
        'drain.ended',
        'error',
      ]),
    )
    expect([...seen.codes].sort()).toEqual(
      expect.arrayContaining([
        'LINKSPAN_CLOSE_CODE',
        'LINKSPAN_FORBIDDEN',
        'LINKSPAN_HANDLER',
        'LINKSPAN_HEADER',
        'LINKSPAN_IDENTITY',
        'LINKSPAN_MESSAGE',
        'LINKSPAN_MIDDLEWARE',
        'LINKSPAN_REJECTION',
        'LINKSPAN_STATE',
        'LINKSPAN_TOPIC',
        'LINKSPAN_VIOLATION',
      ]),
    )
  })
})

it('an error of yours is passed on as it is: what you put into it, the log has', async () => {
  const clock = new FakeClock()
  const written: Fields[] = []
  const note = (fields: object): void => void written.push(fields as Fields)
  const app = linkspan({ origin: '*', clock, logger: { debug: note, info: note, warn: note, error: note } })
  const yours = new Error(`${PREFIX} was no password`)
  app.use(() => Promise.reject(yours))
  app.handle(new FakeHandshake())
  await turn()
  const [line] = written.filter(({ event }) => event === 'error')
  expect(line?.['err']).toMatchObject({ code: 'LINKSPAN_MIDDLEWARE', cause: yours })
  expect(JSON.stringify(line, (_key, value: unknown) => serialised(value))).toContain(PREFIX)
})
