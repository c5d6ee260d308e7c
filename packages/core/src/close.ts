import { LinkspanError } from './errors.js'

/**
 * The close codes that are part of the public API, by name. RFC 6455 §7.4 for those below 4000; ours are in bands that
 * tell a client what to do: 4000-4099 do not retry unchanged, 4100-4199 back off, 4200-4299 reconnect now.
 *
 * @example
 * conn.close(CloseCode.policy, 'one vote each')
 */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  none: 1005,
  abnormal: 1006,
  invalidPayload: 1007,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  restarting: 1012,
  overloaded: 1013,
  disconnected: 4000,
  revoked: 4001,
  replaced: 4002,
  forbidden: 4003,
  authenticationFailed: 4010,
  slowConsumer: 4100,
  tooMany: 4101,
  noHeartbeat: 4102,
  expired: 4200,
  moved: 4201,
} as const

/** Who asked first for the end: us, the peer, or nobody (the network lost it). */
export type ClosedBy = 'server' | 'peer' | 'network'

/**
 * How a connection ended.
 *
 * `code` and `reason` are why it ended, as the side that asked first put it; `wireCode` is the code of the first close
 * frame that travelled, either way, `undefined` where none did. `clean`: both close frames were seen. `duration` is in
 * milliseconds, from the arrival of the upgrade request to the end of the socket.
 *
 * @example
 * app.on('close', (conn, { code, by, duration }) => console.log(conn.id, code, by, duration))
 */
export interface CloseInfo {
  readonly code: number
  readonly reason: string
  readonly by: ClosedBy
  readonly clean: boolean
  readonly duration: number
  readonly wireCode: number | undefined
}

const SENDABLE: ReadonlySet<number> = new Set([1000, 1001, 1008, 1009, 1011, 1012, 1013])

/**
 * Checks a code given to `close`: 1000, 1001, 1008, 1009, 1011-1013 and 3000-4999 pass.
 *
 * @throws LinkspanError `LINKSPAN_CLOSE_CODE`
 */
export function checkCloseCode(code: number): void {
  if (SENDABLE.has(code) || (Number.isInteger(code) && code >= 3000 && code <= 4999)) return
  // What is no number may be what a client wrote.
  const told = typeof code === 'number' ? code : `of type ${typeof code}`
  throw new LinkspanError(
    'LINKSPAN_CLOSE_CODE',
    `close code ${told} cannot be sent: RFC 6455 §7.4 reserves it. Use 1000, 1001, 1008, 1009, 1011 to 1013, or one of your own from 3000 to 4999.`,
  )
}

/** The most a close reason may take, in bytes of UTF-8 (RFC 6455 §5.5: 125, less two for the code). */
const MAX_REASON = 123

/** Cuts a reason to 123 bytes of UTF-8, at a character. What is no string is no reason. */
export function cutReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason : ''
  if (text.length * 3 <= MAX_REASON) return text.toWellFormed()
  let bytes = 0
  let end = 0
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0) as number
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (bytes > MAX_REASON) break
    end += character.length
  }
  return text.toWellFormed().slice(0, end)
}

/** The close code of a refusal that named none, from its HTTP status. */
export function closeCodeOf(status: number): number {
  if (status === 401) return CloseCode.authenticationFailed
  if (status === 403) return CloseCode.forbidden
  if (status === 429) return CloseCode.tooMany
  if (status === 408 || (status >= 502 && status <= 504)) return CloseCode.overloaded
  return status >= 500 ? CloseCode.internal : CloseCode.policy
}

/** The HTTP status of a close that was asked for before the 101. */
export function statusOf(code: number): number {
  switch (code) {
    case CloseCode.goingAway:
    case CloseCode.restarting:
    case CloseCode.overloaded:
    case CloseCode.abnormal:
      return 503
    case CloseCode.internal:
      return 500
    case CloseCode.authenticationFailed:
    case CloseCode.revoked:
    case CloseCode.expired:
      return 401
    case CloseCode.replaced:
      return 409
    case CloseCode.slowConsumer:
    case CloseCode.tooMany:
      return 429
    default:
      return 403
  }
}
