import type { Handshake, Transport } from '@linkspan/core'
import { linkspan } from '@linkspan/core'
import type { Attempt } from '@linkspan/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { capturing, Told } from './capture.js'
import { needsUws } from './needs-uws.js'
import { ask } from './raw.js'
import { closeServers, serving } from './server.js'

needsUws()
afterEach(closeServers)

/** A handshake that nobody has answered, and its client. */
async function pending(): Promise<{ readonly handshake: Handshake; readonly attempt: Attempt }> {
  const { app, next } = capturing()
  const { host } = await serving(app)
  const attempt = host.connect({ protocols: ['v1', 'v2'] })
  return { handshake: await next(), attempt }
}

function accept(
  handshake: Handshake,
  sink = new Told(),
): { readonly transport: Transport; readonly sink: Told } {
  return { transport: handshake.accept({ protocol: '', headers: {}, sink }), sink }
}

/** The client is gone, and the handshake knows. */
async function aborted(): Promise<Handshake> {
  const { handshake, attempt } = await pending()
  await new Promise<void>((resolve) => {
    handshake.onAbort(resolve)
    attempt.cut()
  })
  return handshake
}

describe('accepting', () => {
  it('sends the subprotocol and the headers that it is given', async () => {
    const { handshake, attempt } = await pending()
    handshake.accept({
      protocol: 'v2',
      headers: { 'x-node': 'a', 'set-cookie': 'sid=1; HttpOnly' },
      sink: new Told(),
    })
    const { upgraded, headers } = await attempt.answer
    expect(upgraded).toBe(true)
    expect(headers).toMatchObject({
      'sec-websocket-protocol': 'v2',
      'x-node': 'a',
      'set-cookie': 'sid=1; HttpOnly',
    })
  })

  it('names no subprotocol where none was chosen', async () => {
    const { handshake, attempt } = await pending()
    accept(handshake)
    expect((await attempt.answer).headers).not.toHaveProperty('sec-websocket-protocol')
  })

  it('opens the socket at once: what is sent in the same turn follows the 101', async () => {
    const { handshake, attempt } = await pending()
    const { transport } = accept(handshake)
    expect(transport.send('first', false)).toBe('sent')
    transport.send('second', false)
    const answer = await attempt.answer
    if (!answer.upgraded) throw new Error(answer.body)
    expect([await answer.peer.next(), await answer.peer.next()]).toEqual(['first', 'second'])
  })

  it('is over with a close in the same turn', async () => {
    const { handshake, attempt } = await pending()
    const { transport, sink } = accept(handshake)
    transport.close(4010, 'no')
    const answer = await attempt.answer
    if (!answer.upgraded) throw new Error(answer.body)
    expect(await answer.peer.closed).toEqual({ code: 4010, reason: 'no' })
    await sink.closing
    expect(sink.calls).toEqual([['closed', 4010, 'no']])
  })

  it('after the client has gone answers a transport that tells of its end, once, later, and does nothing', async () => {
    const { transport, sink } = accept(await aborted())
    expect(transport.send('x', false)).toBe('dropped')
    expect(transport.bufferedAmount).toBe(0)
    transport.ping()
    transport.close(1000, '')
    transport.terminate()
    expect(sink.calls).toEqual([])
    await sink.closing
    await new Promise((resolve) => setImmediate(resolve))
    expect(sink.calls).toEqual([['closed', 1006, '']])
  })

  it('after a refusal, or a second time, answers such a transport too', async () => {
    const { handshake, attempt } = await pending()
    handshake.reject(403, {}, 'no')
    const late = accept(handshake)
    await late.sink.closing
    expect(await attempt.answer).toMatchObject({ status: 403, body: 'no' })

    const other = await pending()
    const first = accept(other.handshake)
    const second = accept(other.handshake)
    await second.sink.closing
    expect(first.sink.calls).toEqual([])
  })
})

describe('refusing', () => {
  it('answers in full, and ends the socket', async () => {
    const app = linkspan({ maxConnections: 0 })
    const { port } = await serving(app)
    const { status, headers, body } = await ask(port, 'GET /')
    const { date, uwebsockets, ...ours } = headers
    expect({ status, headers: ours, body }).toEqual({
      status: '503 Service Unavailable',
      headers: {
        'content-type': 'application/problem+json',
        'content-length': String(body.length),
        'retry-after': '1',
        connection: 'close',
      },
      body: '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections","code":1013}',
    })
  })

  it('counts the bytes of a body that is not ASCII', async () => {
    const app = linkspan().use((conn) =>
      conn.reject({ status: 402, reason: 'das Guthaben für heute ist 0 €' }),
    )
    const { port } = await serving(app)
    const { headers, body } = await ask(port, 'GET /')
    expect(JSON.parse(body).detail).toBe('das Guthaben für heute ist 0 €')
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
  })

  it('is nothing after the client has gone, after the 101, or a second time', async () => {
    const gone = await aborted()
    gone.reject(403, {}, 'no')

    const { handshake, attempt } = await pending()
    accept(handshake)
    handshake.reject(403, {}, 'no')
    expect((await attempt.answer).upgraded).toBe(true)

    const other = await pending()
    other.handshake.reject(401, {}, 'first')
    other.handshake.reject(403, {}, 'second')
    expect(await other.attempt.answer).toMatchObject({ status: 401, body: 'first' })
  })
})

describe('an abort', () => {
  it('is told once, of a reset and of a FIN', async () => {
    for (const end of ['cut', 'end'] as const) {
      const { handshake, attempt } = await pending()
      const told = vi.fn()
      const gone = new Promise<void>((resolve) => {
        handshake.onAbort(() => {
          told()
          resolve()
        })
      })
      attempt[end]()
      await gone
      handshake.reject(403, {}, '')
      await accept(handshake).sink.closing
      expect(told).toHaveBeenCalledOnce()
    }
  })

  it('is not told once there was an answer', async () => {
    const told = vi.fn()
    const { handshake, attempt } = await pending()
    handshake.onAbort(told)
    const { sink } = accept(handshake)
    await attempt.answer
    attempt.cut()
    await sink.closing
    expect(told).not.toHaveBeenCalled()
  })
})
