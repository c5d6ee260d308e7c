import type { MessageMiddleware } from '@linkspan/core'
import type { TraceOptions } from '@linkspan/otel'
import { propagation, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { idsOf, parentOf, Recording } from './recording.js'
import { answerOf, client } from './served.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

const recording = Recording.ofThisBlock()
const tracer = trace.getTracer('the application')
const message = () => recording.one('handle message')
const echo: MessageMiddleware<unknown> = (conn, message) => conn.send(message)

describe("a client's trace", () => {
  const parent: TraceOptions['parent'] = (_conn, message) => message.json<Record<string, unknown>>()
  const said = (flags: string) =>
    JSON.stringify({ traceparent: `00-${TRACE}-${SPAN}-${flags}`, baggage: 'a=b' })

  it('goes on in a message that carries it, whatever the ratio', async () => {
    const seen: unknown[] = []
    await answerOf(
      (conn, message) => {
        seen.push(propagation.getActiveBaggage()?.getEntry('a')?.value)
        return conn.send(message)
      },
      { messages: 0, parent },
      said('01'),
    )
    expect([idsOf(message()).trace, parentOf(message())]).toEqual([TRACE, SPAN])
    expect(message().links).toHaveLength(1)
    expect(seen).toEqual(['b'])
  })

  it('that is not sampled is not recorded, nor is what happens within', async () => {
    await answerOf(
      (conn, message) => {
        tracer.startSpan('lookup').end()
        return conn.send(message)
      },
      { messages: 1, parent },
      said('00'),
    )
    expect(recording.names).toEqual(['WebSocket handshake'])
  })

  it.each([
    ['none', '{}'],
    ['no string', '{"traceparent":7,"tracestate":{},"baggage":[1]}'],
    ['a list', JSON.stringify({ traceparent: [`00-${TRACE}-${SPAN}-01`] })],
    ['nonsense', '{"traceparent":"00-x-y-01"}'],
  ])('where there is %s, the message is one like others', async (_what, text) => {
    const { peer, errors } = await client(echo, { parent })
    peer.send(text)
    await peer.next()
    expect(parentOf(message())).toBeUndefined()
    expect(errors).toEqual([])
  })

  it('that cannot be read loses no message', async () => {
    const { peer, errors } = await client(echo, { parent })
    peer.send('no JSON')
    expect(await peer.next()).toBe('no JSON')
    expect(errors.map(({ code }) => code)).toEqual(['LINKSPAN_LISTENER'])
  })
})
