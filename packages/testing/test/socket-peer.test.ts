import { afterEach, expect, it } from 'vitest'
import { encodeClose, encodeFrame, Opcode } from '../src/index.js'
import { ACCEPT, closeHosts, HEAD, met, once, SAMPLE_KEY, UPGRADE, wild } from './servers.js'

afterEach(closeHosts)

it('sends and receives text and binary of every size', async () => {
  const { peer, socket } = await met()
  socket.on('message', (data: Buffer, binary: boolean) => socket.send(data, { binary }))
  for (const text of ['', 'čaj 🍵', 'x'.repeat(126), 'x'.repeat(70_000)]) {
    peer.send(text)
    expect(await peer.next()).toBe(text)
  }
  peer.send(Uint8Array.of(0, 255))
  expect(await peer.next()).toEqual(Uint8Array.of(0, 255))
  peer.sendBurst(['a', 'b'])
  peer.sendText(new TextEncoder().encode('c'))
  peer.raw?.(encodeFrame({ opcode: Opcode.text, payload: 'd' }))
  expect([await peer.next(), await peer.next(), await peer.next(), await peer.next()]).toEqual([
    'a',
    'b',
    'c',
    'd',
  ])
})

it('puts fragments together, control frames between them', async () => {
  const { peer, socket } = await met()
  socket.send('one, ', { fin: false })
  socket.ping()
  socket.send('two, ', { fin: false })
  socket.send('three', { fin: true })
  expect(await peer.next()).toBe('one, two, three')
  expect(peer.pings).toBe(1)
})

it('answers pings unless told otherwise, and sends its own', async () => {
  const { peer, socket } = await met()
  socket.ping('ab')
  expect(String((await once(socket, 'pong'))[0])).toBe('ab')
  peer.ping(Uint8Array.of(7))
  expect((await once(socket, 'ping'))[0]).toEqual(Buffer.of(7))
  peer.answersPings = false
  const pongs: unknown[] = []
  socket.on('pong', (payload) => pongs.push(String(payload)))
  socket.ping('unanswered')
  socket.send('after the ping')
  await peer.next()
  peer.pong(new TextEncoder().encode('unasked'))
  await once(socket, 'pong')
  expect([pongs, peer.pings]).toEqual([['unasked'], 2])
})

it('answers a close frame unless told otherwise', async () => {
  const { peer, socket } = await met()
  socket.close(4001, 'moved')
  expect((await once(socket, 'close'))[0]).toBe(4001)
  expect(await peer.closed).toEqual({ code: 4001, reason: 'moved' })
  await expect(peer.next()).rejects.toThrow('the socket is gone')

  const other = await met()
  other.peer.answersClose = false
  other.socket.close(1001)
  const gone = once(other.socket, 'close')
  other.peer.ping()
  await once(other.socket, 'ping')
  expect(other.socket.readyState).toBe(other.socket.CLOSING)
  other.peer.cut()
  expect((await gone)[0]).toBe(1006)
})

it('closes with a code, or without one', async () => {
  const { peer, socket } = await met()
  peer.close(4321, 'bye')
  expect((await once(socket, 'close')).map(String)).toEqual(['4321', 'bye'])
  expect(await peer.closed).toEqual({ code: 4321, reason: 'bye' })
  const other = await met()
  other.peer.close()
  expect((await once(other.socket, 'close'))[0]).toBe(1005)
})

it('is 1006 to the server when it cuts or ends its socket', async () => {
  for (const how of ['cut', 'end'] as const) {
    const { peer, socket } = await met()
    const closed = once(socket, 'close')
    peer[how]()
    peer.send('too late')
    expect((await closed)[0]).toBe(1006)
    expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  }
})

it('stops reading, so that the server feels it, and loses nothing', async () => {
  const { peer, socket } = await met()
  peer.pause()
  const chunk = Buffer.alloc(1_048_576, 1)
  let sent = 0
  for (let waits = false; !waits && sent < 64; waits = socket.bufferedAmount > 0) {
    socket.send(chunk)
    sent += 1
    await new Promise(setImmediate)
  }
  expect(socket.bufferedAmount).toBeGreaterThan(0)
  expect(peer.received).toBe(0)
  peer.resume()
  for (let taken = 0; taken < sent; taken += 1) expect((await peer.next()).length).toBe(chunk.length)
  expect(socket.bufferedAmount).toBe(0)
})

it('keeps what came in the packet of the 101 for the peer, paused or not', async () => {
  const { peer, socket } = await met()
  peer.pause()
  socket.send('while paused')
  await new Promise(setImmediate)
  expect(peer.received).toBe(0)
  peer.resume()
  expect(await peer.next()).toBe('while paused')
})

it('can still cut what it has ended', async () => {
  const { peer, socket } = await met()
  const closed = once(socket, 'close')
  peer.end()
  peer.cut()
  expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  expect((await closed)[0]).toBe(1006)
})

const text = (payload: string, more = {}): Uint8Array =>
  encodeFrame({ opcode: Opcode.text, payload, mask: false, ...more })

it.each([
  ['a masked frame', text('x', { mask: true }), /a frame is masked/],
  ['a reserved bit', text('x', { rsv: 4 }), /a reserved bit is set/],
  ['a reserved opcode', text('x', { opcode: 3 }), /opcode 3 is reserved/],
  ['a reserved control opcode', text('x', { opcode: 11 }), /opcode 11 is reserved/],
  [
    'a fragmented control frame',
    text('x', { opcode: Opcode.ping, fin: false }),
    /a control frame is fragmented/,
  ],
  ['a long control frame', text('x'.repeat(126), { opcode: Opcode.ping }), /longer than 125 bytes/],
  ['a continuation of nothing', text('x', { opcode: Opcode.continuation }), /opcode 0 came out of turn/],
  [
    'a message in a message',
    Buffer.concat([text('x', { fin: false }), text('y')]),
    /opcode 1 came out of turn/,
  ],
  [
    'text that is no UTF-8',
    encodeFrame({ opcode: Opcode.text, payload: Uint8Array.of(0xff), mask: false }),
    /no UTF-8/,
  ],
  [
    'a malformed close frame',
    encodeFrame({ opcode: Opcode.close, payload: encodeClose(1005), mask: false }),
    /its close frame is malformed/,
  ],
])('says what a server does wrong: %s', async (_, bytes, message) => {
  const host = await wild((socket) =>
    socket.write(Buffer.concat([Buffer.from(`${HEAD}${ACCEPT}${UPGRADE}\r\n`), bytes])),
  )
  const answer = await host.connect({ headers: SAMPLE_KEY }).answer
  if (!answer.upgraded) throw new Error(answer.body)
  await expect(answer.peer.next()).rejects.toThrow(message)
  expect(await answer.peer.closed).toEqual({ code: undefined, reason: '' })
})
