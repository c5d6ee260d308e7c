import { AsyncLocalStorage } from 'node:async_hooks'
import { type Broker, type Linkspan, memoryBroker } from '@linkspan/core'
import { type TraceOptions, traces } from '@linkspan/otel'
import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { idsOf, parentOf, Recording } from './recording.js'
import { application, connected, served } from './served.js'

const recording = Recording.ofThisBlock()
const tracer = trace.getTracer('the application')

interface Node {
  readonly app: Linkspan<{}>
  readonly end: () => void
}

/** Calls nodes from wherever it was connected, as an engine's client does, and not from where something was published. */
function apart(broker: Broker): Broker {
  const start = tracer.startSpan('start')
  return {
    open: (sink) =>
      context.with(trace.setSpan(ROOT_CONTEXT, start), () => {
        const message = (channel: string, payload: Uint8Array) => sink.message(channel, payload)
        return broker.open({ ...sink, message: AsyncLocalStorage.bind(message) })
      }),
  }
}

/** Two nodes of one application. */
async function nodes(given: TraceOptions = {}): Promise<readonly [here: Node, there: Node]> {
  const broker = apart(memoryBroker())
  const node = async (name: string): Promise<Node> => {
    const app = application({ broker, cluster: { node: name } })
    app.use((conn, next) => {
      conn.join('secret room')
      return next()
    })
    app.message((conn, message) => void conn.to('secret room').send(message))
    return { app, end: traces(app, { messages: 1, ...given }) }
  }
  const [here, there] = [await node('here'), await node('there')]
  await Promise.all([served(here.app), served(there.app)])
  await Promise.all([here.app.ready(), there.app.ready()])
  return [here, there]
}

/** A client of a node. */
async function clientOf({ app }: Node) {
  const peer = await connected(await served(app))
  await app.ready()
  return peer
}

/** Calls something within a span, which may not be recorded. */
function within<Result>(traceFlags: number, call: () => Result): Result {
  const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags })
  const baggage = propagation.createBaggage({ plan: { value: 'gold' } })
  return context.with(propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage), call)
}

/** What a node hears of the next event. */
function heard({ app }: Node, event: string): Promise<unknown> {
  return new Promise((resolve) => {
    app.onNode(event, (payload) => {
      tracer.startSpan('look at it').end()
      resolve({ payload, plan: propagation.getActiveBaggage()?.getEntry('plan')?.value })
    })
  })
}

describe('what is published within a trace', () => {
  it('to a topic, goes on in it on another node', async () => {
    const [here, there] = await nodes()
    const [one, other] = [await clientOf(here), await clientOf(there)]
    one.send('hello')
    expect(await other.next()).toBe('hello')
    const [message, send, deliver] = ['handle message', 'send topic', 'deliver topic'].map((name) =>
      recording.one(name),
    )
    if (message === undefined || send === undefined || deliver === undefined)
      throw new Error('there are none')
    expect(new Set([message, send, deliver].map((span) => idsOf(span).trace)).size).toBe(1)
    expect(parentOf(send)).toBe(idsOf(message).span)
    expect(parentOf(deliver)).toBe(idsOf(send).span)
    expect(deliver.parentSpanContext?.isRemote).toBe(true)
    expect([send.kind, deliver.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER])
    const both = {
      'linkspan.app': 'linkspan',
      'linkspan.destination': 'topic',
      'messaging.message.body.size': 5,
      'messaging.system': 'linkspan',
    }
    expect(send.attributes).toEqual({
      ...both,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    })
    expect(deliver.attributes).toEqual({
      ...both,
      'linkspan.node': 'here',
      'messaging.operation.name': 'deliver',
      'messaging.operation.type': 'process',
    })
    expect(recording.text).not.toContain('secret room')
  })

  it('as an event, is what handlers on another node run in, with the baggage', async () => {
    const [here, there] = await nodes()
    const hears = heard(there, 'prices changed')
    within(1, () => here.app.emit('prices changed', { product: 7 }))
    expect(await hears).toEqual({ payload: { product: 7 }, plan: 'gold' })
    expect(recording.names).toEqual(['emit event', 'look at it', 'handle event'])
    expect(parentOf(recording.one('emit event'))).toBe('b'.repeat(16))
    expect(parentOf(recording.one('handle event'))).toBe(idsOf(recording.one('emit event')).span)
    expect(parentOf(recording.one('look at it'))).toBe(idsOf(recording.one('handle event')).span)
    expect(recording.one('handle event').attributes).toMatchObject({
      'linkspan.destination': 'event',
      'messaging.operation.name': 'handle',
    })
    expect(recording.text).not.toContain('prices')
  })

  it('to everybody, too', async () => {
    const [here, there] = await nodes()
    const peer = await clientOf(there)
    within(1, () => here.app.broadcast('hello'))
    await peer.next()
    expect(recording.names).toEqual(['WebSocket handshake', 'send all', 'deliver all'])
  })

  it('bears a name where the application gives one', async () => {
    const [here, there] = await nodes({ destination: ({ topic }) => topic && 'room:*' })
    const peer = await clientOf(there)
    within(1, () => here.app.to('secret room').send('hello'))
    await peer.next()
    for (const name of ['send room:*', 'deliver room:*']) {
      expect(recording.one(name).attributes).toMatchObject({ 'messaging.destination.template': 'room:*' })
    }
  })

  it('has spans on the node that traces only', async () => {
    const [here, there] = await nodes()
    here.end()
    const hears = heard(there, 'x')
    within(1, () => here.app.emit('x'))
    await hears
    expect(recording.names).toEqual(['look at it'])
  })

  it('is heard without a span where that was ended', async () => {
    const [here, there] = await nodes()
    there.end()
    const hears = heard(there, 'x')
    within(1, () => here.app.emit('x'))
    expect(await hears).toEqual({ payload: undefined, plan: undefined })
    expect(recording.names).toContain('emit event')
    expect(recording.names).not.toContain('handle event')
  })
})

describe('what is published without a trace', () => {
  it.each([
    ['in none', (call: () => unknown) => call()],
    ['in one that is not sampled', (call: () => unknown) => within(0, call)],
  ])('%s, has no span and carries nothing', async (_where, run) => {
    const [here, there] = await nodes()
    const carried: unknown[] = []
    there.app.observe({ extract: (headers) => void carried.push(headers) })
    const hears = heard(there, 'x')
    run(() => here.app.emit('x'))
    expect(await hears).toMatchObject({ plan: undefined })
    expect(recording.names).toEqual(['look at it'])
    expect(carried).toEqual([])
  })

  it('but with the headers of another observer, is heard without a span', async () => {
    const [here, there] = await nodes()
    here.app.observe({ inject: () => ({ mine: 'x' }) })
    const hears = heard(there, 'x')
    here.app.emit('x')
    await hears
    expect(recording.names).toEqual(['look at it'])
  })
})
