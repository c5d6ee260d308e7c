import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type ConnectOptions,
  encodeClose,
  encodeFrame,
  Opcode,
  type Peer,
  socketHost,
  type TestHost,
} from '../src/index.js'
import { cert, key } from './localhost.js'

// Against servers of others: a client and a server by the same hand could be wrong together.

const hosts: TestHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

async function listening(server: Server | TcpServer, tls?: ConnectionOptions): Promise<TestHost> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
  const host = socketHost({
    connect: { port, host: '127.0.0.1' },
    ...(tls === undefined ? {} : { tls }),
    close,
  })
  hosts.push(host)
  return host
}

/** A client of a bare ws server, and the server's side of it. */
async function met(request?: ConnectOptions): Promise<{ readonly peer: Peer; readonly socket: WebSocket }> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered].at(-1) ?? false })
  const connected = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve))
  const host = await listening(server)
  const answer = await host.connect(request).answer
  if (!answer.upgraded) throw new Error(answer.body)
  return { peer: answer.peer, socket: await connected }
}

function once(socket: WebSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)))
}

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

it('sends early bytes with its request', async () => {
  const early = encodeFrame({ opcode: Opcode.text, payload: 'early' })
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  const message = new Promise((resolve) => {
    sockets.once('connection', (socket) => socket.once('message', (data) => resolve(String(data))))
  })
  const host = await listening(server)
  await host.connect({ early }).answer
  expect(await message).toBe('early')
})

it('negotiates a subprotocol', async () => {
  const { peer, socket } = await met({ protocols: ['one', 'two'] })
  expect([peer.protocol, socket.protocol]).toEqual(['two', 'two'])
  expect((await met()).peer.protocol).toBe('')
})

it('speaks over TLS', async () => {
  const server = createTlsServer({ key, cert })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(String(data)))
    socket.on('close', (code) => server.emit('left', code))
  })
  const host = await listening(server, { ca: cert, servername: 'localhost' })
  for (const how of ['cut', 'end'] as const) {
    const answer = await host.connect().answer
    if (!answer.upgraded) throw new Error(answer.body)
    answer.peer.send('secret')
    expect(await answer.peer.next()).toBe('secret')
    const left = new Promise((resolve) => server.once('left', resolve))
    answer.peer[how]()
    expect(await left).toBe(1006)
    await answer.peer.closed
  }
})

it('can still cut what it has ended', async () => {
  const { peer, socket } = await met()
  const closed = once(socket, 'close')
  peer.end()
  peer.cut()
  expect(await peer.closed).toEqual({ code: undefined, reason: '' })
  expect((await closed)[0]).toBe(1006)
})

// refusals and requests ────────────────────────────────────────────────────────────────────────────────────────────

it('reads a refusal, whatever its framing', async () => {
  const chunked: RequestListener = (_, response) => {
    response.writeHead(403, { 'Set-Cookie': ['a=1', 'b=2'] })
    response.write('not ')
    response.end('you')
  }
  const server = createServer(chunked)
  server.on('upgrade', (request, socket: Socket) => {
    const response = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'
    socket.resume().end(request.url === '/open-ended' ? 'HTTP/1.1 401 Unauthorized\r\n\r\nno' : response)
  })
  const host = await listening(server)
  expect(await host.connect().answer).toMatchObject({ upgraded: false, status: 401, body: 'no' })
  expect(await host.connect({ path: '/open-ended' }).answer).toMatchObject({ status: 401, body: 'no' })
  const plain = await host.connect({ headers: { connection: undefined, upgrade: undefined } }).answer
  expect(plain).toMatchObject({ status: 403, body: 'not you', headers: { 'set-cookie': 'a=1\nb=2' } })
})

/** What a server gets from a client, verbatim. */
async function requestOf(options: ConnectOptions): Promise<string> {
  const server = createTcpServer()
  const got = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.once('data', (bytes) => resolve(bytes.toString('latin1')))
    })
  })
  const host = await listening(server)
  host.connect(options)
  return got
}

it('writes the request that it is told to', async () => {
  const usual = await requestOf({ protocols: ['a', 'b'] })
  expect(usual).toMatch(
    /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: [A-Za-z0-9+/]{22}==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\n\r\n$/,
  )
  const headers = { host: 'one', Host: 'two', 'sec-websocket-key': undefined, 'X-More': 'yes' }
  const odd = await requestOf({ method: 'POST', path: '/a?b', httpVersion: '1.0', headers })
  expect(odd).toBe(
    'POST /a?b HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nhost: one\r\nHost: two\r\nX-More: yes\r\n\r\n',
  )
})

// servers that do wrong ────────────────────────────────────────────────────────────────────────────────────────────

/** A server that answers each client as it likes. */
async function wild(answer: (socket: Socket, key: string) => void): Promise<TestHost> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (bytes) => answer(socket, /Key: (.*)\r/.exec(bytes.toString('latin1'))?.[1] ?? ''))
  })
  return listening(server)
}

const SAMPLE_KEY = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
const HEAD = 'HTTP/1.1 101 Switching Protocols\r\n'
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
const UPGRADE = 'Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n'

it.each([
  ['no accept value', `${HEAD}${UPGRADE}\r\n`, /^Sec-WebSocket-Accept is 'undefined' and not 's3pPLM/],
  [
    'a wrong accept value',
    `${HEAD}${UPGRADE}Sec-WebSocket-Accept: x\r\n\r\n`,
    /^Sec-WebSocket-Accept is 'x'/,
  ],
  ['no upgrade', `${HEAD}${ACCEPT}Connection: Upgrade\r\n\r\n`, /upgrades to no websocket/],
  ['no connection', `${HEAD}${ACCEPT}Upgrade: websocket\r\n\r\n`, /Connection: Upgrade/],
  [
    'a subprotocol nobody offered',
    `${HEAD}${ACCEPT}${UPGRADE}Sec-WebSocket-Protocol: x\r\n\r\n`,
    /'x', which was not offered/,
  ],
  ['no HTTP', 'hello\r\n\r\n', /this is no status line: 'hello'/],
])('rejects a 101 with %s', async (_, response, message) => {
  const host = await wild((socket) => socket.write(response))
  await expect(host.connect({ headers: SAMPLE_KEY }).answer).rejects.toThrow(message)
})

it('rejects when the socket ends without an answer, or was never there', async () => {
  const host = await wild((socket) => socket.end('HTTP/1.1 401 Unau'))
  await expect(host.connect().answer).rejects.toThrow('the socket ended without an answer')
  await host.close()
  await expect(host.connect().answer).rejects.toThrow('the socket ended without an answer')
})

it('cuts with a reset, and ends with a FIN', async () => {
  const seen: string[] = []
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('end', () => seen.push('end'))
    socket.on('end', () => socket.end())
    socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''))
    socket.on('data', () => server.emit('request'))
    socket.on('close', () => server.emit('gone'))
  })
  const host = await listening(server)
  for (const how of ['cut', 'end'] as const) {
    const arrived = new Promise((resolve) => server.once('request', resolve))
    const gone = new Promise((resolve) => server.once('gone', resolve))
    const attempt = host.connect()
    await arrived
    attempt[how]()
    await gone
  }
  expect(seen).toEqual(['ECONNRESET', 'end'])
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
