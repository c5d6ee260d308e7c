import { describe, expectTypeOf, it } from 'vitest'
import type {
  Authenticated,
  CloseInfo,
  Connection,
  Handshake,
  Message,
  Sendable,
  SendResult,
  Transport,
  TransportSink,
} from '../src/index.js'

describe('a connection', () => {
  it('with more data is one with less', () => {
    expectTypeOf<Connection<{ a: 1; b: 2 }>>().toExtend<Connection<{ a: 1 }>>()
    expectTypeOf<Connection<{ a: 1 }>>().toExtend<Connection<{}>>()
    expectTypeOf<Connection<{ a: 1 }>>().toExtend<Connection<unknown>>()
    expectTypeOf<Connection<{}>>().toExtend<Connection<unknown>>()
  })

  it('with less data is none with more', () => {
    expectTypeOf<Connection<{}>>().not.toExtend<Connection<{ a: 1 }>>()
    expectTypeOf<Connection<unknown>>().not.toExtend<Connection<{ a: 1 }>>()
    expectTypeOf<Connection<{ a: string }>>().not.toExtend<Connection<{ a: number }>>()
  })

  it('that is authenticated is one that may not be, and not the other way round', () => {
    expectTypeOf<Connection<Authenticated>>().toExtend<Connection<unknown>>()
    expectTypeOf<Connection<unknown>>().not.toExtend<Connection<Authenticated>>()
  })

  it('answers with these types', () => {
    const ask = (conn: Connection<unknown>): void => {
      expectTypeOf(conn.send).parameters.toEqualTypeOf<[data: Sendable]>()
      expectTypeOf(conn.send('')).toEqualTypeOf<SendResult>()
      expectTypeOf<SendResult>().toEqualTypeOf<'sent' | 'queued' | 'dropped' | 'closed'>()
      expectTypeOf(conn.read()).toEqualTypeOf<Promise<Message>>()
      expectTypeOf(conn.accept()).toEqualTypeOf<Promise<void>>()
      expectTypeOf(conn.drained()).toEqualTypeOf<Promise<void>>()
      expectTypeOf(conn.closed).toEqualTypeOf<Promise<CloseInfo>>()
      expectTypeOf(conn.signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(conn.topics).toEqualTypeOf<ReadonlySet<string>>()
      expectTypeOf(conn.rtt).toEqualTypeOf<number | undefined>()
      expectTypeOf(conn.reject({ status: 400 })).toBeNever()
    }
    void ask
  })

  it('takes what can be sent, and nothing else', () => {
    const send = (conn: Connection<unknown>, message: Message): void => {
      conn.send('text')
      conn.send(new Uint8Array())
      conn.send(new ArrayBuffer(1))
      conn.send(message)
      // @ts-expect-error: encode it first.
      conn.send({ text: 'hello' })
      // @ts-expect-error: encode it first.
      conn.send(7)
    }
    void send
  })

  it('cannot be changed', () => {
    const change = (conn: Connection<{ a: number }>): void => {
      // @ts-expect-error: read-only.
      conn.state = 'closed'
      // @ts-expect-error: read-only.
      conn.identity = { subject: 'eve' }
      // @ts-expect-error: read-only.
      conn.topics.add('room')
      // @ts-expect-error: read-only.
      conn.request.headers['host'] = 'evil'
    }
    void change
  })
})

describe('the port of a transport', () => {
  it('may leave out pausing', () => {
    const transport = {
      bufferedAmount: 0,
      send: () => 'sent' as const,
      ping: () => {},
      close: () => {},
      terminate: () => {},
    }
    expectTypeOf(transport).toExtend<Transport>()
  })

  it('is reported to by these calls', () => {
    expectTypeOf<keyof TransportSink>().toEqualTypeOf<'message' | 'ping' | 'pong' | 'drain' | 'closed'>()
    expectTypeOf<keyof Handshake>().toEqualTypeOf<'request' | 'via' | 'accept' | 'reject' | 'onAbort'>()
  })
})
