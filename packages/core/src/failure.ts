import { CloseCode } from './close.js'
import { type ErrorCode, LinkspanError } from './errors.js'
import { Rejection } from './rejection.js'

const FORBIDDING: ReadonlySet<ErrorCode> = new Set(['LINKSPAN_FORBIDDEN', 'LINKSPAN_IDENTITY'])

/** How user code that threw ends its connection: as it said, or with 500 and 1011 and not a word of detail. */
export function rejectionOf(thrown: unknown): Rejection {
  if (thrown instanceof Rejection) return thrown
  if (thrown instanceof LinkspanError && FORBIDDING.has(thrown.code)) {
    return new Rejection({ status: 403, code: CloseCode.forbidden })
  }
  return new Rejection({ status: 500 })
}

/** Whether something was thrown to refuse the peer, and is no failure. */
export function isRefusal(thrown: unknown): boolean {
  return (
    thrown instanceof Rejection || (thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_FORBIDDEN')
  )
}

/** A call that makes sense in another state only. */
export function misuse(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_STATE', message)
}

/** Closing has begun; a `call` that came after that says so. */
export function closedError(call?: string): LinkspanError {
  return new LinkspanError(
    'LINKSPAN_CLOSED',
    call === undefined
      ? 'the connection began to close.'
      : `${call}() came after the connection began to close: check conn.signal first.`,
  )
}

/** Whether an error says no more than that the connection has ended. */
export function isClosedError(thrown: unknown): boolean {
  return thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_CLOSED'
}
