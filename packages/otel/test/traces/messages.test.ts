import type { MessageMiddleware } from '@linkspan/core'
import { Deferred } from '@linkspan/core'
import { type TraceOptions, traces } from '@linkspan/otel'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it, vi } from 'vitest'
import { idsOf, parentOf, Recording } from './recording.js'
import { answerOf, application, client, connected, served } from './served.js'

const UNSAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' }

const recording = Recording.ofThisBlock()
const tracer = trace.getTracer('the application')
const handshake = () => recording.one('WebSocket handshake')
const message = () => recording.one('handle message')
const echo: MessageMiddleware<unknown> = (conn, message) => conn.send(message)

describe('a traced message', () => {
  it('has a span in a trace of its own, which links to the handshake', async () => {
    const { app, peer } = await client(echo)
    peer.send(new Uint8Array(7))
    await peer.next()
    const [conn] = [...app.connections]
    const span = message()
    expect(parentOf(span)).toBeUndefined()
    expect(idsOf(span).trace).not.toBe(idsOf(handshake()).trace)
    expect(span.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([
      [idsOf(handshake()).trace, idsOf(handshake()).span],
    ])
    expect(span.kind).toBe(SpanKind.CONSUMER)
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span.attributes).toEqual({
      'linkspan.app': 'linkspan',
      'linkspan.connection.id': conn?.id,
      'linkspan.message.kind': 'binary',
      'linkspan.transport': 'memory',
      'messaging.message.body.size': 7,
      'messaging.operation.name': 'handle',
      'messaging.operation.type': 'process',
      'messaging.system': 'websocket',
      'network.protocol.name': 'websocket',
    })
  })

  it('lasts as long as its handler does', async () => {
    const gate = new Deferred<void>()
    const { peer } = await client(async (conn, message) => {
      conn.send('began')
      await gate.promise
      tracer.startSpan('lookup').end()
      conn.send(message)
    })
    peer.send('hello')
    await peer.next()
    expect(recording.names).toEqual(['WebSocket handshake'])
    gate.resolve()
    await peer.next()
    await vi.waitUntil(() => recording.names.length === 3)
    expect(parentOf(recording.one('lookup'))).toBe(idsOf(message()).span)
  })

  it.each([
    [
      'at once',
      () => {
        throw new RangeError('hush')
      },
    ],
    [
      'later',
      async () => {
        throw new RangeError('hush')
      },
    ],
  ] as const)('that fails %s is an error, of which the kind is recorded', async (_when, handler) => {
    const { peer, errors } = await client(handler)
    peer.send('hush')
    expect(await peer.closed).toMatchObject({ code: 1011 })
    expect(message().status).toEqual({ code: SpanStatusCode.ERROR })
    expect(message().attributes).toMatchObject({ 'error.type': 'RangeError' })
    expect(message().events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['exception', { 'exception.type': 'RangeError' }],
    ])
    expect(recording.text).not.toContain('hush')
    expect(errors.map(({ code }) => code)).toEqual(['LINKSPAN_HANDLER'])
  })

  it('tells all of a failure where the application says so', async () => {
    const { peer } = await client(
      () => {
        throw new RangeError('out of range')
      },
      { exceptions: true },
    )
    peer.send('hello')
    await peer.closed
    expect(message().events[0]?.attributes).toMatchObject({ 'exception.message': 'out of range' })
  })

  it.each([
    [
      'something that is no error',
      () => {
        throw 'hush' as unknown as Error
      },
      'string',
    ],
    [
      'a name that tells too much',
      () => {
        throw Object.assign(new TypeError(), { name: 'hush hush' })
      },
      'TypeError',
    ],
    ['an error of ours', (conn) => conn.join(''), 'LINKSPAN_TOPIC'],
    ['a refusal for a reason of ours', (conn) => conn.reject({ status: 500 }), 'Rejection'],
  ] as [string, MessageMiddleware<{}>, string][])('has a kind for %s', async (_what, handler, type) => {
    const { peer } = await client(handler)
    peer.send('hello')
    await peer.closed
    expect(message().attributes).toMatchObject({ 'error.type': type })
    expect(recording.text).not.toContain('hush')
  })

  it.each([
    ['a refusal', {}, (conn) => conn.reject({ status: 403, reason: 'no' }), 4003],
    ['a topic that is not allowed', {}, (conn) => conn.join('staff'), undefined],
  ] as [string, TraceOptions, MessageMiddleware<{}>, number | undefined][])(
    'is no error for %s',
    async (_what, given, handler, code) => {
      const { app, peer } = await client(handler, given)
      app.topics('staff', { join: () => false })
      peer.send('hello')
      expect(await peer.closed).toMatchObject({ code: 4003 })
      expect(message().status).toEqual({ code: SpanStatusCode.UNSET })
      expect(message().attributes['linkspan.close.code']).toBe(code)
    },
  )

  it('is no error because the connection ends', async () => {
    const { peer, closed, errors } = await client(async (conn) => {
      conn.close(1000)
      await Promise.resolve()
      conn.renew({ subject: 'ada' })
    })
    peer.send('hello')
    await peer.closed
    await closed
    expect(message().status).toEqual({ code: SpanStatusCode.UNSET })
    expect(errors).toEqual([])
  })

  it('whose handler answers a thenable does its work once', async () => {
    let begun = 0
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: as query builders have it.
      then(resolve: (value: unknown) => void) {
        begun += 1
        resolve(undefined)
      },
    }
    const { peer } = await client((conn) => {
      conn.send('began')
      return lazy as Promise<unknown>
    })
    peer.send('hello')
    await peer.next()
    await vi.waitUntil(() => recording.names.includes('handle message'))
    expect(begun).toBe(1)
  })

  it('has attributes of the application', async () => {
    await answerOf(echo, { attributes: (conn) => ({ path: conn.request.path }) })
    expect(message().attributes).toMatchObject({ path: '/' })
  })

  it('begins a trace of its own also where the application has a span around the whole connection', async () => {
    const app = application()
      .use((_conn, next) => tracer.startActiveSpan('life', () => next()))
      .message(echo)
    traces(app, { messages: 1, parent: () => ({}) })
    const peer = await connected(await served(app))
    peer.send('hello')
    await peer.next()
    expect(parentOf(message())).toBeUndefined()
  })

  it('links to nothing where the handshake is not recorded', async () => {
    const { host, peer } = await client(echo)
    const other = await connected(host, { headers: UNSAMPLED })
    other.send('hello')
    await other.next()
    peer.close()
    expect(message().links).toEqual([])
  })
})
