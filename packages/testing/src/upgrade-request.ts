import { createHash, randomBytes } from 'node:crypto'
import type { ConnectOptions } from './peer.js'

/** An upgrade request as a client puts it together. */
export interface UpgradeRequest {
  readonly method: string
  readonly url: string
  readonly httpVersion: string
  /** Name and value in turn, in the order in which they are sent. */
  readonly rawHeaders: readonly string[]
  /** What the client checks `Sec-WebSocket-Accept` against. */
  readonly key: string
}

/** Puts a request together as a real client would, but for what `options` says otherwise. */
export function upgradeRequest(options: ConnectOptions, host: string): UpgradeRequest {
  const { path = '/', method = 'GET', httpVersion = '1.1', headers = {}, protocols = [] } = options
  const key = randomBytes(16).toString('base64')
  const usual: [string, string][] = [
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
  ]
  if (protocols.length > 0) usual.push(['Sec-WebSocket-Protocol', protocols.join(', ')])
  const given = Object.entries(headers)
  const replaced = new Set(given.map(([name]) => name.toLowerCase()))
  const rawHeaders = usual.filter(([name]) => !replaced.has(name.toLowerCase())).flat()
  for (const [name, value] of given) if (value !== undefined) rawHeaders.push(name, value)
  return { method, url: path, httpVersion, rawHeaders, key: headerIn(given, 'sec-websocket-key') ?? key }
}

function headerIn(
  headers: readonly (readonly [string, string | undefined])[],
  wanted: string,
): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
}

/** What the server has to answer a key with (RFC 6455 §4.2.2, 5.4). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
