import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** An upgrade request, to be sent as it is. */
export const REQUEST = [
  'GET / HTTP/1.1',
  'Host: chat.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n')

/** A client that does nothing by itself: it does not even end its side when the server has ended its own. */
export async function rudeClient(target: NetConnectOpts): Promise<Socket> {
  const client = connect({ ...target, allowHalfOpen: true })
  client.on('error', () => {})
  onTestFinished(() => {
    client.destroy()
  })
  await once(client, 'connect')
  return client
}
