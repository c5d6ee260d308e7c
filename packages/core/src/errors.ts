/** Who has to act: the caller's code, the peer, or what stands around both. */
export type Culprit = 'caller' | 'peer' | 'infrastructure'

/** One of the documented error codes. */
export type ErrorCode =
  | 'LINKSPAN_BROKER'
  | 'LINKSPAN_CLOSED'
  | 'LINKSPAN_CLOSE_CODE'
  | 'LINKSPAN_FORBIDDEN'
  | 'LINKSPAN_HANDLER'
  | 'LINKSPAN_HEADER'
  | 'LINKSPAN_IDENTITY'
  | 'LINKSPAN_LISTENER'
  | 'LINKSPAN_MESSAGE'
  | 'LINKSPAN_MIDDLEWARE'
  | 'LINKSPAN_NEXT_MISSING'
  | 'LINKSPAN_NEXT_TWICE'
  | 'LINKSPAN_OPTION'
  | 'LINKSPAN_REJECTION'
  | 'LINKSPAN_RELEASE'
  | 'LINKSPAN_RELEASE_TIMEOUT'
  | 'LINKSPAN_SCOPE'
  | 'LINKSPAN_SESSION'
  | 'LINKSPAN_STATE'
  | 'LINKSPAN_STORE'
  | 'LINKSPAN_TOPIC'
  | 'LINKSPAN_TRANSPORT'
  | 'LINKSPAN_VIOLATION'

/** Every code that a {@link LinkspanError} can carry, and whose fault it is. Documented in docs/errors.md. */
export const ERROR_CODES: {
  readonly [Code in ErrorCode]: Culprit
} = {
  LINKSPAN_BROKER: 'infrastructure',
  LINKSPAN_CLOSED: 'caller',
  LINKSPAN_CLOSE_CODE: 'caller',
  LINKSPAN_FORBIDDEN: 'peer',
  LINKSPAN_HANDLER: 'caller',
  LINKSPAN_HEADER: 'caller',
  LINKSPAN_IDENTITY: 'caller',
  LINKSPAN_LISTENER: 'caller',
  LINKSPAN_MESSAGE: 'caller',
  LINKSPAN_MIDDLEWARE: 'caller',
  LINKSPAN_NEXT_MISSING: 'caller',
  LINKSPAN_NEXT_TWICE: 'caller',
  LINKSPAN_OPTION: 'caller',
  LINKSPAN_REJECTION: 'caller',
  LINKSPAN_RELEASE: 'caller',
  LINKSPAN_RELEASE_TIMEOUT: 'caller',
  LINKSPAN_SCOPE: 'caller',
  LINKSPAN_SESSION: 'caller',
  LINKSPAN_STATE: 'caller',
  LINKSPAN_STORE: 'infrastructure',
  LINKSPAN_TOPIC: 'caller',
  LINKSPAN_TRANSPORT: 'infrastructure',
  LINKSPAN_VIOLATION: 'peer',
}

/**
 * The one error class of the SDK: a documented `code`, a message that says what happened, why, and what to do, and the
 * `cause` where something else threw.
 *
 * @example
 * app.on('error', (error) => { if (error.culprit === 'infrastructure') alert(error.code) })
 */
export class LinkspanError extends Error {
  override readonly name: string = 'LinkspanError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** Whose fault it is. */
  get culprit(): Culprit {
    return ERROR_CODES[this.code]
  }
}

/**
 * Whatever was thrown, as an Error.
 *
 * @example
 * toError('no').message // 'no'
 */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : 'something that is no Error was thrown', {
    cause: thrown,
  })
}

/** An error of ours around what somebody else threw; what is ours already stays as it is. */
export function wrap(code: ErrorCode, message: string, thrown: unknown): LinkspanError {
  return thrown instanceof LinkspanError
    ? thrown
    : new LinkspanError(code, message, { cause: toError(thrown) })
}
