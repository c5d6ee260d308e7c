import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { type ConnectOptions, encodeFrame, Opcode } from '../src/index.js'
import { cert, key } from './localhost.js'
import { ACCEPT, closeHosts, HEAD, listening, met, SAMPLE_KEY, UPGRADE, wild } from './servers.js'

afterEach(closeHosts)

it('sends early bytes with its request', async () => {
  const early = encodeFrame({ opcode: Opcode.text, payload: 'early' })
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  const message = new Promise((resolve) => {
    sockets.once('connection', (socket) => socket.once('message', (data: Buffer) => resolve(data.toString())))
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
    socket.on('message', (data: Buffer) => socket.send(data.toString()))
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
