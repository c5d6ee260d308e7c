import { AsyncLocalStorage } from 'node:async_hooks'
import type { MessageMiddleware } from '@linkspan/core'
import { traces } from '@linkspan/otel'
import { encodeFrame, Opcode } from '@linkspan/testing'
import { context, propagation, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { idsOf, parentOf, Recording } from './recording.js'
import { answerOf, application, client, connected, served } from './served.js'

const recording = Recording.ofThisBlock()
const tracer = trace.getTracer('the application')
const handshake = () => recording.one('WebSocket handshake')

describe('a message that is not traced', () => {
  const lookup: MessageMiddleware<{}> = async (conn, message) => {
    await Promise.resolve()
    tracer.startSpan('lookup').end()
    conn.send(message)
  }

  it('hangs nothing onto the handshake', async () => {
    await answerOf(lookup, { messages: 0 })
    expect(parentOf(recording.one('lookup'))).toBeUndefined()
    expect(idsOf(recording.one('lookup')).trace).not.toBe(idsOf(handshake()).trace)
  })

  it('that came with the upgrade does not either', async () => {
    const { host } = await client(lookup, { messages: 0 })
    const early = encodeFrame({ opcode: Opcode.text, payload: 'early' })
    const peer = await connected(host, { early })
    await peer.next()
    expect(parentOf(recording.one('lookup'))).toBeUndefined()
  })

  it('keeps what else is ambient at the end of the pipeline', async () => {
    const tenant = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const app = application()
      .use((_conn, next) => {
        const baggage = propagation.createBaggage({ plan: { value: 'gold' } })
        return context.with(propagation.setBaggage(context.active(), baggage), () =>
          tenant.run('acme', () => next()),
        )
      })
      .message((conn, message) => {
        seen.push(
          tenant.getStore(),
          propagation.getActiveBaggage()?.getEntry('plan')?.value,
          trace.getActiveSpan(),
        )
        return conn.send(message)
      })
    traces(app, { messages: 0 })
    const peer = await connected(await served(app))
    peer.send('hello')
    await peer.next()
    expect(seen).toEqual(['acme', 'gold', undefined])
  })

  it('keeps a span that the application has put around the whole connection, and none that is over', async () => {
    const seen: unknown[] = []
    const life = tracer.startSpan('life')
    const over = tracer.startSpan('over')
    over.end()
    const app = application()
      .use((conn, next) => {
        const span = conn.request.path === '/life' ? life : over
        return context.with(trace.setSpan(context.active(), span), () => next())
      })
      .message((conn, message) => {
        seen.push(trace.getActiveSpan()?.spanContext().spanId)
        return conn.send(message)
      })
    traces(app, { messages: 0 })
    const host = await served(app)
    for (const path of ['/life', '/over']) {
      const peer = await connected(host, { path })
      peer.send('hello')
      await peer.next()
    }
    expect(seen).toEqual([life.spanContext().spanId, undefined])
  })

  it('records nothing within where that is to be quiet, and is known by its handshake', async () => {
    const seen: unknown[] = []
    const quiet: MessageMiddleware<{}> = (conn, message) => {
      const { traceId = '', traceFlags } = trace.getActiveSpan()?.spanContext() ?? {}
      seen.push(traceId, traceFlags)
      return lookup(conn, message, () => {})
    }
    await answerOf(quiet, { messages: 0, untraced: 'quiet' })
    expect(recording.names).toEqual(['WebSocket handshake'])
    expect(seen).toEqual([idsOf(handshake()).trace, 0])
  })
})
