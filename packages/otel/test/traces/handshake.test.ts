import { type LinkspanError, type Middleware, named } from '@linkspan/core'
import { type TraceOptions, traces } from '@linkspan/otel'
import type { ConnectOptions } from '@linkspan/testing'
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { eventsOf, idsOf, parentOf, Recording } from './recording.js'
import { application, connected, nextClose, served } from './served.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const SAMPLED = { traceparent: `00-${TRACE}-${SPAN}-01` }
const UNSAMPLED = { traceparent: `00-${TRACE}-${SPAN}-00` }
const STEP = ['linkspan.middleware', 'linkspan.step', 'linkspan.decision', 'http.response.status_code']

const recording = Recording.ofThisBlock()
const tracer = trace.getTracer('the application')
const handshake = () => recording.one('WebSocket handshake')

const pass: Middleware<unknown, {}> = named('pass', (_conn, next) => next())

async function attempt(app: ReturnType<typeof application>, options?: ConnectOptions, given?: TraceOptions) {
  traces(app, given)
  const host = await served(app)
  return host.connect(options).answer
}

describe('a handshake', () => {
  it("has one span, in the client's trace, with an event for each middleware", async () => {
    const app = application({ protocols: ['chat.v1'] })
      .use(pass)
      .use((_conn, next) => next())
    await attempt(app, { path: '/chat/lobby?token=hush', headers: SAMPLED, protocols: ['chat.v1'] })
    const span = handshake()
    const [conn] = [...app.connections]
    expect(recording.names).toEqual(['WebSocket handshake'])
    expect(idsOf(span).trace).toBe(TRACE)
    expect(parentOf(span)).toBe(SPAN)
    expect(span.parentSpanContext?.isRemote).toBe(true)
    expect(span.kind).toBe(SpanKind.SERVER)
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 101,
      'linkspan.app': 'linkspan',
      'linkspan.connection.id': conn?.id,
      'linkspan.outcome': 'opened',
      'linkspan.protocol': 'chat.v1',
      'linkspan.transport': 'memory',
      'network.protocol.name': 'websocket',
      'url.path': '/chat/lobby',
    })
    expect(eventsOf(span, ...STEP)).toEqual([
      ['linkspan.middleware', 'pass', 0, 'next', undefined],
      ['linkspan.middleware', 'anonymous', 1, 'next', undefined],
    ])
    expect(span.events[0]?.attributes?.['linkspan.duration']).toBeTypeOf('number')
  })

  it('begins a trace where the client has none', async () => {
    await attempt(application())
    expect(parentOf(handshake())).toBeUndefined()
  })

  it('is not recorded in a trace that is not sampled, nor is what middleware does', async () => {
    const app = application().use((_conn, next) => {
      tracer.startSpan('lookup').end()
      return next()
    })
    await attempt(app, { headers: UNSAMPLED })
    expect(recording.names).toEqual([])
  })

  it('is what middleware runs in, after its first await too, with the baggage of the client', async () => {
    const seen: unknown[] = []
    const app = application().use(async (_conn, next) => {
      await Promise.resolve()
      tracer.startSpan('lookup').end()
      seen.push(propagation.getActiveBaggage()?.getEntry('plan')?.value)
      return next()
    })
    await attempt(app, { headers: { ...SAMPLED, baggage: 'plan=gold' } })
    expect(parentOf(recording.one('lookup'))).toBe(idsOf(handshake()).span)
    expect(seen).toEqual(['gold'])
  })

  it('that is refused has the status and the reason, and is no error below 500', async () => {
    const app = application()
      .use(pass)
      .use(named('jwt', (conn) => conn.reject({ status: 401, reason: 'expired' })))
    await attempt(app, { headers: SAMPLED })
    const span = handshake()
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span.attributes).toMatchObject({
      'http.response.status_code': 401,
      'linkspan.close.code': 4010,
      'linkspan.outcome': 'refused',
      'linkspan.reason': 'expired',
    })
    expect(span.attributes).not.toHaveProperty('error.type')
    expect(eventsOf(span, ...STEP, 'linkspan.reason')).toEqual([
      ['linkspan.middleware', 'pass', 0, 'next', undefined, undefined],
      ['linkspan.middleware', 'jwt', 1, 'refused', 401, 'expired'],
    ])
  })

  it('that fails is an error, whose kind is recorded and whose message is not', async () => {
    const app = application().use(
      named('profile', async () => {
        throw new RangeError('hush')
      }),
    )
    const answer = await attempt(app)
    const span = handshake()
    expect(answer).toMatchObject({ upgraded: false, status: 500 })
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(span.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': '500' })
    expect(eventsOf(span, ...STEP, 'exception.type')).toEqual([
      ['linkspan.middleware', 'profile', 0, 'failed', 500, undefined],
      ['exception', undefined, undefined, undefined, undefined, 'RangeError'],
    ])
    expect(recording.text).not.toContain('hush')
  })

  it('that fails tells all where the application says so', async () => {
    const app = application().use(async () => {
      throw new RangeError('the database is away')
    })
    await attempt(app, {}, { exceptions: true })
    const exception = handshake().events.find(({ name }) => name === 'exception')
    expect(exception?.attributes).toMatchObject({
      'exception.type': 'RangeError',
      'exception.message': 'the database is away',
    })
    expect(exception?.attributes?.['exception.stacktrace']).toContain('handshake.test.ts')
  })

  it('that the application itself refuses, before any middleware, is there too', async () => {
    await attempt(application({ origin: ['https://app.example'] }), {
      headers: { origin: 'https://x.example' },
    })
    expect(handshake().events).toEqual([])
    expect(handshake().attributes).toMatchObject({ 'http.response.status_code': 403 })
  })

  it('whose client leaves has no status', async () => {
    const app = application().use(({ signal }, next) =>
      new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() => next()),
    )
    traces(app)
    const host = await served(app)
    const closed = nextClose(app)
    const leaving = host.connect()
    await Promise.resolve()
    leaving.cut()
    await closed
    expect(handshake().attributes).toMatchObject({ 'linkspan.outcome': 'aborted' })
    expect(handshake().attributes).not.toHaveProperty('http.response.status_code')
  })

  it('says nothing of queries and clients, and of whatever else was not asked for', async () => {
    const headers = { authorization: 'Bearer hush', cookie: 'a=hush', 'user-agent': 'hush', 'x-a': 'hush' }
    const app = application().use((conn, next) => {
      conn.authenticate({ subject: 'hush', tenant: 'hush' })
      return next({ hush: 'hush' })
    })
    await attempt(app, { path: '/?hush=hush', headers: { ...headers, ...SAMPLED } })
    expect(handshake().attributes).not.toHaveProperty('client.address')
    expect(recording.text).not.toContain('hush')
  })

  it('says more where it is asked to', async () => {
    const app = application().use((conn, next) => {
      conn.authenticate({ subject: 'ada', tenant: 'acme' })
      return next()
    })
    await attempt(
      app,
      { path: '/chat/lobby', headers: { 'user-agent': 'x'.repeat(2_000) } },
      {
        client: true,
        route: () => '/chat/:room',
        attributes: ({ identity }) => ({ tenant: identity?.tenant ?? '' }),
      },
    )
    expect(recording.one('GET /chat/:room').attributes).toMatchObject({
      'client.address': '127.0.0.1',
      'http.route': '/chat/:room',
      tenant: 'acme',
      'user_agent.original': 'x'.repeat(1_024),
    })
  })

  it('ends also where attributes cannot be had', async () => {
    const app = application()
    const errors: LinkspanError[] = []
    app.on('error', (error) => errors.push(error))
    const attributes = () => {
      throw new Error('none')
    }
    expect(await attempt(app, {}, { attributes })).toMatchObject({ upgraded: true })
    expect(handshake().attributes).toMatchObject({ 'linkspan.outcome': 'opened' })
    expect(errors.map(({ code }) => code)).toEqual(['LINKSPAN_LISTENER'])
  })

  it("is within a framework's span of the same request", async () => {
    const app = application()
    traces(app)
    const host = await served(app)
    const around = tracer.startSpan('GET /chat')
    await context.with(trace.setSpan(ROOT_CONTEXT, around), () => connected(host, { headers: SAMPLED }))
    expect(parentOf(handshake())).toBe(around.spanContext().spanId)
  })

  it('has nothing to do with a span in which the server was started', async () => {
    const app = application()
    traces(app)
    const host = await served(app)
    const around = tracer.startSpan('start')
    around.end()
    await context.with(trace.setSpan(ROOT_CONTEXT, around), () => connected(host))
    expect(parentOf(handshake())).toBeUndefined()
  })

  it('has no span any more when that was ended', async () => {
    const app = application()
    const end = traces(app)
    const host = await served(app)
    end()
    await connected(host)
    expect(recording.names).toEqual([])
  })
})
