import { createServer, type Server } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import { type ConnectOptions, type Peer, socketHost, type TestHost } from '../src/index.js'

// Servers of others: a client and a server by the same hand could be wrong together.

const hosts: TestHost[] = []

/** For `afterEach`. */
export async function closeHosts(): Promise<void> {
  for (const host of hosts.splice(0)) await host.close()
}

export async function listening(server: Server | TcpServer, tls?: ConnectionOptions): Promise<TestHost> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
  const over = tls === undefined ? {} : { tls }
  const host = socketHost({ connect: { port, host: '127.0.0.1' }, ...over, close })
  hosts.push(host)
  return host
}

/** A client of a bare ws server, and the server's side of it. */
export async function met(
  request?: ConnectOptions,
): Promise<{ readonly peer: Peer; readonly socket: WebSocket; readonly host: TestHost }> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered].at(-1) ?? false })
  const connected = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve))
  const host = await listening(server)
  const answer = await host.connect(request).answer
  if (!answer.upgraded) throw new Error(answer.body)
  return { peer: answer.peer, socket: await connected, host }
}

export function once(socket: WebSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)))
}

/** A server that does as it likes with each request. */
export async function wild(answer: (socket: Socket) => void): Promise<TestHost> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  return listening(server)
}

/** The key of RFC 6455 §1.3. */
export const SAMPLE_KEY = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
export const HEAD = 'HTTP/1.1 101 Switching Protocols\r\n'
/** What answers the sample key. */
export const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
export const UPGRADE = 'Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n'
