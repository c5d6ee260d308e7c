import { ProtocolViolation, type Transport } from '@linkspan/core'
import { encodeFrame, type FrameInit, Opcode, type Peer } from '@linkspan/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { UwsTransport } from '../src/transport.js'
import { capturing, Told } from './capture.js'
import { needsUws } from './needs-uws.js'
import { closeServers, serving } from './server.js'

needsUws()
afterEach(closeServers)

interface Pair {
  readonly transport: Transport
  readonly sink: Told
  readonly peer: Peer
}

/** A transport without the core behind it, and its peer. */
async function pair(sink: Told = new Told()): Promise<Pair> {
  const { app, next } = capturing()
  const { host } = await serving(app)
  const attempt = host.connect()
  const transport = (await next()).accept({ protocol: '', headers: {}, sink })
  const answer = await attempt.answer
  if (!answer.upgraded) throw new Error(answer.body)
  return { transport, sink, peer: answer.peer }
}

/** Fills everything between the transport and a peer that does not read. Answers how many messages were taken. */
function fill(transport: Transport, message: Uint8Array): number {
  for (let taken = 1; ; taken += 1) if (transport.send(message, true) === 'queued') return taken
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('sending', () => {
  it('keeps the order of what is sent in one turn, however it is gathered', async () => {
    const { transport, peer } = await pair()
    const sent = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat((i * 97) % 1_000)}`)
    for (const text of sent) expect(transport.send(text, false)).toBe('sent')
    for (const text of sent) expect(await peer.next()).toBe(text)
  })

  it('keeps the order of what is sent while a message is handled, and afterwards', async () => {
    const sink = new Told()
    const { transport, peer } = await pair(sink)
    let messages = 0
    sink.message = () => {
      messages += 1
      const name = messages
      transport.send(`${name} at once`, false)
      queueMicrotask(() => {
        transport.send(`${name} soon`, false)
        transport.send(`${name} and again`, false)
      })
    }
    peer.sendBurst(['a', 'b'])
    const received: unknown[] = []
    for (let i = 0; i < 6; i += 1) received.push(await peer.next())
    expect(received).toEqual(['1 at once', '1 soon', '1 and again', '2 at once', '2 soon', '2 and again'])
  })

  it('sends on the bytes of a message that it has only lent', async () => {
    const sink = new Told()
    const { transport, peer } = await pair(sink)
    sink.message = (data, binary) => {
      for (let i = 0; i < 3; i += 1) transport.send(data, binary)
    }
    peer.sendBurst(['first', new Uint8Array([1, 2, 3])])
    for (const expected of ['first', 'first', 'first']) expect(await peer.next()).toBe(expected)
    for (let i = 0; i < 3; i += 1) expect(await peer.next()).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('counts what is gathered as buffered, until the turn ends', async () => {
    const { transport, peer } = await pair()
    transport.send('€', false)
    expect(transport.bufferedAmount).toBe(0)
    transport.send('€', false)
    transport.send(new Uint8Array(10), true)
    expect(transport.bufferedAmount).toBe(13)
    await turn()
    expect(transport.bufferedAmount).toBe(0)
    for (let i = 0; i < 3; i += 1) await peer.next()
  })

  it('takes views of any buffer, and empty messages', async () => {
    const { transport, peer } = await pair()
    const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 3).fill(7)
    transport.send(Buffer.from('abcdef').subarray(1, 3), true)
    transport.send(shared, true)
    transport.send(Uint8Array.of(1, 2).buffer, true)
    transport.send('', false)
    transport.send(new Uint8Array(0), true)
    expect(await peer.next()).toEqual(Uint8Array.of(98, 99))
    expect(await peer.next()).toEqual(Uint8Array.of(7, 7, 7))
    expect(await peer.next()).toEqual(Uint8Array.of(1, 2))
    expect(await peer.next()).toBe('')
    expect(await peer.next()).toEqual(new Uint8Array(0))
  })
})

describe('a peer that does not read', () => {
  it('loses nothing: uWebSockets.js takes all it is given, far beyond its own limits', async () => {
    const { transport, sink, peer } = await pair()
    peer.pause()
    const message = new Uint8Array(65_536)
    const taken = fill(transport, message)
    for (let i = 0; i < 200; i += 1) expect(transport.send(message.fill(i), true)).toBe('queued')
    expect(transport.bufferedAmount).toBeGreaterThan(100 * 65_536)
    const drained = sink.draining()
    peer.resume()
    for (let i = 0; i < taken; i += 1) await peer.next()
    for (let i = 0; i < 200; i += 1) expect((await peer.next())[0]).toBe(i)
    await drained
    expect(transport.bufferedAmount).toBe(0)
    expect(sink.calls).toEqual([['drain']])
  })

  it('gets what was sent before a close first, and then the close frame', async () => {
    const { transport, sink, peer } = await pair()
    peer.pause()
    const taken = fill(transport, new Uint8Array(65_536))
    transport.close(4000, 'bye')
    expect(transport.send('too late', false)).toBe('dropped')
    await turn()
    expect(sink.calls).toEqual([])
    peer.resume()
    for (let i = 0; i < taken; i += 1) expect((await peer.next()).length).toBe(65_536)
    expect(await peer.closed).toEqual({ code: 4000, reason: 'bye' })
    expect(sink.calls).toEqual([['closed', 4000, 'bye']])
  })

  it('can be cut while it keeps us from closing', async () => {
    const { transport, sink, peer } = await pair()
    peer.pause()
    fill(transport, new Uint8Array(65_536))
    transport.close(4000, 'bye')
    transport.terminate()
    expect(sink.calls).toEqual([['closed', 1006, '', undefined]])
    peer.resume()
    expect((await peer.closed).code).toBeUndefined()
  })
})

describe('closing', () => {
  it('in a handler lets what it has sent go first', async () => {
    const sink = new Told()
    const { transport, peer } = await pair(sink)
    sink.message = () => {
      transport.send('one', false)
      transport.close(4000, 'bye')
      transport.close(4001, 'twice')
      expect(transport.send('too late', false)).toBe('dropped')
    }
    peer.send('?')
    expect(await peer.next()).toBe('one')
    expect(await peer.closed).toEqual({ code: 4000, reason: 'bye' })
    expect(sink.calls).toEqual([['closed', 4000, 'bye']])
  })

  it('lets what the turn has gathered go first', async () => {
    const { transport, peer } = await pair()
    transport.send('one', false)
    transport.send('two', false)
    transport.close(1001, '')
    expect([await peer.next(), await peer.next()]).toEqual(['one', 'two'])
    expect((await peer.closed).code).toBe(1001)
  })

  it('is told at the end of the turn, where nothing waits', async () => {
    const { transport, sink } = await pair()
    transport.close(4000, 'bye')
    expect(sink.calls).toEqual([])
    await turn()
    expect(sink.calls).toEqual([['closed', 4000, 'bye']])
  })

  it('leaves a transport whose calls do nothing', async () => {
    for (const end of [(t: Transport) => t.terminate(), (t: Transport) => t.close(1000, '')]) {
      const { transport, sink } = await pair()
      transport.send('one', false)
      transport.send('gathered', false)
      end(transport)
      await sink.closing
      expect(transport.send('x', false)).toBe('dropped')
      expect(transport.bufferedAmount).toBe(0)
      transport.ping()
      transport.close(1000, '')
      transport.terminate()
      await turn()
      expect(sink.calls).toHaveLength(1)
    }
  })

  it('by the peer crosses ours, and is told once', async () => {
    const sink = new Told()
    const { transport, peer } = await pair(sink)
    sink.message = () => transport.close(4000, 'ours')
    peer.raw?.(
      Buffer.concat([
        encodeFrame({ opcode: Opcode.text, payload: '?' }),
        encodeFrame({ opcode: Opcode.close, payload: Uint8Array.of(15, 161) }),
      ]),
    )
    expect((await peer.closed).code).toBe(4001)
    await turn()
    expect(sink.calls).toEqual([['closed', 4001, '']])
  })
})

const ENDS: readonly (readonly [what: string, frame: FrameInit, closed: readonly unknown[]])[] = [
  ['a close frame', { opcode: Opcode.close, payload: Uint8Array.of(15, 160, 0xc3, 0xa9) }, [4000, 'é']],
  ['one without a code', { opcode: Opcode.close }, [1005, '']],
  ['text that is no UTF-8', { opcode: Opcode.text, payload: Uint8Array.of(0xff) }, [1006, '', 1007]],
  ['a message that is too big', { opcode: Opcode.binary, payload: new Uint8Array(65_537) }, [1006, '', 1009]],
  ['a frame that is none', { opcode: 3 }, [1006, '', undefined]],
]

describe('what the sink is told', () => {
  it.each(ENDS)('of %s', async (_what, frame, [code, reason, violation]) => {
    const { sink, peer } = await pair()
    peer.raw?.(encodeFrame(frame))
    await sink.closing
    const [[call, ...said] = []] = sink.calls
    expect([call, said[0], said[1]]).toEqual(['closed', code, reason])
    expect((said[2] as ProtocolViolation | undefined)?.code).toBe(violation)
    expect((said[2] as ProtocolViolation | undefined)?.sent).not.toBe(true)
  })

  it('of a violation that only later releases name', () => {
    const sink = new Told()
    new UwsTransport(sink, undefined).concluded(1006, bytes('Received invalid WebSocket frame'))
    expect(sink.calls).toEqual([['closed', 1006, '', new ProtocolViolation(1002, false)]])
  })

  it('of the end of a socket that uWebSockets.js explains in other words', () => {
    const sink = new Told()
    const transport = new UwsTransport(sink, undefined)
    transport.concluded(1006, bytes('Received TCP FIN before WebSocket close frame'))
    expect(sink.calls).toEqual([['closed', 1006, '', undefined]])
  })

  it('of messages, pings and pongs, in order', async () => {
    const { transport, sink, peer } = await pair()
    peer.answersPings = false
    transport.ping()
    peer.send('text')
    peer.ping()
    peer.send(Uint8Array.of(65))
    peer.pong()
    peer.close(1000)
    await sink.closing
    expect(peer.pings).toBe(1)
    expect(sink.calls).toEqual([
      ['message', 'text', false],
      ['ping'],
      ['message', 'A', true],
      ['pong'],
      ['closed', 1000, ''],
    ])
  })
})

function bytes(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text)).buffer
}
