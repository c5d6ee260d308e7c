import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Frame, FrameDecoder } from '@linkspan/testing'

/** The header lines of a sound upgrade request. */
export const UPGRADE: readonly string[] = [
  'Host: chat.example',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** An HTTP answer, byte for byte. */
export interface RawAnswer {
  readonly status: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request as it is given, and resolves when the server has ended the socket. */
export async function ask(port: number, line: string, headers = UPGRADE, body = ''): Promise<RawAnswer> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(requestOf(line, headers) + body, 'latin1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'end')
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  return {
    status: status.replace('HTTP/1.1 ', ''),
    headers: Object.fromEntries(lines.map((each) => [nameOf(each), each.slice(each.indexOf(':') + 2)])),
    body: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString(),
  }
}

function requestOf(line: string, headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, ...headers, '', ''].join('\r\n')
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase()
}

/** A client that sees frames as they are, compressed ones too. */
export interface RawClient {
  readonly socket: Socket
  /** The head of the 101. */
  readonly head: string
  /** The next frame. */
  frame(): Promise<Frame>
}

/** Opens a WebSocket by hand. */
export async function open(port: number, headers: readonly string[] = UPGRADE): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(requestOf('GET /', headers), 'latin1')
  const decoder = new FrameDecoder()
  const frames: Frame[] = []
  const [first] = (await once(socket, 'data')) as [Buffer]
  const end = first.indexOf('\r\n\r\n')
  const take = (bytes: Buffer): void => void frames.push(...decoder.push(bytes))
  take(first.subarray(end + 4))
  socket.on('data', take)
  const frame = async (): Promise<Frame> => {
    for (;;) {
      const next = frames.shift()
      if (next !== undefined) return next
      await once(socket, 'data')
    }
  }
  return { socket, head: first.subarray(0, end).toString('latin1'), frame }
}
