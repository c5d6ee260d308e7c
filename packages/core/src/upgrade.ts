import { isProtocolList } from './protocol.js'
import { type HttpRefusal, httpRefusal, Rejection } from './rejection.js'

/**
 * The parts of a request that say whether it is an upgrade at all.
 *
 * @example
 * checkUpgrade({ method: 'GET', httpVersion: '1.1', rawHeaders: ['Host', 'chat.example'] })?.status // 426
 */
export interface RawUpgrade {
  readonly method: string
  /** `'1.1'`. */
  readonly httpVersion: string
  /** Every header line as it came, name and value in turn, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
}

/** Headers of which two make a request ambiguous. */
const SINGLE = ['Host', 'Origin', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version'] as const
/** What is looked at here, as clients write it. */
const READ = [...SINGLE, 'Upgrade', 'Connection', 'Sec-WebSocket-Protocol'] as const
type Read = Lowercase<(typeof READ)[number]>
/** In both spellings: others take a little longer. */
const NAMES: ReadonlyMap<string, Read> = new Map(
  READ.flatMap((name) => [name, name.toLowerCase()].map((given) => [given, name.toLowerCase() as Read])),
)
/** Only names as long as one of these are turned into lower case. */
const LENGTHS: ReadonlySet<number> = new Set(READ.map((name) => name.length))
const AMBIGUOUS: ReadonlySet<string> = new Set(SINGLE.map((name) => name.toLowerCase()))
/** 16 bytes in base64 (RFC 6455 §4.1): 22 characters, the last of which has four zero bits, and padding. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/**
 * Answers what is wrong with an upgrade request (RFC 6455 §4.2.1), or `undefined` where nothing is. Adapters ask before
 * routing, so that a malformed upgrade gets the same answer on every transport, and costs no middleware.
 *
 * 405 with `Allow` for another method, 426 with `Upgrade` for what is no WebSocket upgrade or `Sec-WebSocket-Version`
 * for another version, 400 for the rest. Linear in the size of the request.
 *
 * @example
 * const refusal = checkUpgrade(request)
 * if (refusal !== undefined) answer(refusal.status, refusal.headers, refusal.body)
 */
export function checkUpgrade({ method, httpVersion, rawHeaders }: RawUpgrade): HttpRefusal | undefined {
  const headers: Partial<Record<Read, string>> = {}
  let repeated: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = nameOf(rawHeaders[i] as string)
    if (name === undefined) continue
    const value = rawHeaders[i + 1] as string
    const before = headers[name]
    if (before !== undefined && AMBIGUOUS.has(name)) repeated = name
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  if (method !== 'GET') return refusal(405, 'a WebSocket upgrade is a GET', { allow: 'GET' })
  if (httpVersion !== '1.1') return refusal(400, 'a WebSocket upgrade needs HTTP/1.1')
  if (!headers['host']) return refusal(400, 'the Host header is missing')
  if (repeated !== undefined) return refusal(400, `the ${repeated} header is given twice`)
  if (!listed(headers['upgrade'], 'websocket') || !listed(headers['connection'], 'upgrade')) {
    return refusal(426, 'this is a WebSocket endpoint', { upgrade: 'websocket' })
  }
  if (headers['sec-websocket-version'] !== '13') {
    return refusal(426, 'only WebSocket version 13 is spoken here', { 'sec-websocket-version': '13' })
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    return refusal(400, 'the Sec-WebSocket-Key header is not 16 bytes in base64')
  }
  if (!isListHeader(headers['sec-websocket-protocol'])) {
    return refusal(400, 'the Sec-WebSocket-Protocol header is not a list of distinct tokens')
  }
  return undefined
}

/**
 * What an upgrade route answers to a request that is no upgrade: 426 with `Upgrade: websocket`.
 *
 * @example
 * const { status, headers, body } = upgradeRequired()
 */
export function upgradeRequired(): HttpRefusal {
  return refusal(426, 'this is a WebSocket endpoint', { upgrade: 'websocket' })
}

function refusal(status: number, reason: string, headers: Record<string, string> = {}): HttpRefusal {
  return httpRefusal(new Rejection({ status, reason, headers }))
}

/** The name of a header that is looked at, in lower case. */
function nameOf(given: string): Read | undefined {
  return NAMES.get(given) ?? (LENGTHS.has(given.length) ? NAMES.get(given.toLowerCase()) : undefined)
}

function listed(header: string | undefined, token: string): boolean {
  if (header === undefined) return false
  const tokens = header.toLowerCase()
  return tokens === token || tokens.split(',').some((item) => item.trim() === token)
}

function isListHeader(header: string | undefined): boolean {
  return header === undefined || isProtocolList(header.split(',').map((item) => item.trim()))
}
