import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { secretive } from '../secrets.js'
import type { Client } from './context.js'

/** A bare connection to the server, whose errors are what a storm is made of. */
export async function dial({ port, from }: Client): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => {})
  // What the server says goes nowhere; without a reader its end would go unnoticed.
  socket.resume()
  await once(socket, 'connect')
  return socket
}

/** The bytes of an upgrade request, to be cut anywhere. */
export function requestBytes(port: number): Buffer {
  const { path = '/', headers = {} } = secretive()
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...lines,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n`)
}

/** Resolves when the socket is gone. */
export async function gone(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}
