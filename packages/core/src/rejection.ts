import { type AnswerHeaders, isHeader } from './answer-headers.js'
import { checkCloseCode, closeCodeOf, cutReason } from './close.js'
import { LinkspanError } from './errors.js'

/**
 * What a handshake is refused with.
 *
 * @example
 * return conn.reject({ status: 429, reason: 'slow down', retryAfter: 5 })
 */
export interface RejectionInit {
  /** The HTTP status, 300 to 599. */
  readonly status: number
  /** The close code where no status can travel any more. Default: by status, see docs/close-codes.md. */
  readonly code?: number
  /** For the client: the `detail` of the body, and the close reason. Default: none. */
  readonly reason?: string
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whole seconds, sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfter?: number
}

/**
 * A refusal, thrown by `conn.reject` and caught by the SDK: the client gets its HTTP status before the 101, its close
 * code after it.
 *
 * @throws LinkspanError `LINKSPAN_REJECTION` for a status, header or `retryAfter` that cannot be sent,
 * `LINKSPAN_CLOSE_CODE` for such a code.
 *
 * @example
 * throw new Rejection({ status: 402, reason: 'the trial has ended' })
 */
export class Rejection extends Error {
  override readonly name: string = 'Rejection'
  readonly status: number
  readonly code: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor(init: RejectionInit) {
    const { status, reason, retryAfter } = init
    if (!(Number.isInteger(status) && status >= 300 && status <= 599)) {
      // What is no number may be what a client sent.
      const told = typeof status === 'number' ? status : `of type ${typeof status}`
      throw bad(`status ${told} refuses nothing: give an HTTP status from 300 to 599.`)
    }
    if (init.code !== undefined) checkCloseCode(init.code)
    super(reason ?? `refused with ${status}`)
    this.status = status
    this.code = init.code ?? closeCodeOf(status)
    this.reason = reason ?? ''
    this.headers = headersOf(init.headers, retryAfter)
  }

  /** The reason, as much of it as a close frame takes. */
  get closeReason(): string {
    return cutReason(this.reason)
  }
}

function headersOf(given: RejectionInit['headers'], retryAfter: number | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given ?? {})) {
    // Neither is quoted: what a client sent may have gone into both.
    if (!isHeader(name, value)) {
      throw bad(
        'a header has a character that HTTP forbids: names are tokens, values are Latin-1 without line breaks.',
      )
    }
    headers[name.toLowerCase()] = value
  }
  if (retryAfter !== undefined) {
    if (!(Number.isInteger(retryAfter) && retryAfter >= 0))
      throw bad('retryAfter takes whole seconds, 0 or more.')
    headers['retry-after'] = String(retryAfter)
  }
  return headers
}

function bad(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_REJECTION', message)
}

const TITLES: Readonly<Record<number, string>> = {
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  418: "I'm a Teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
  511: 'Network Authentication Required',
}

/**
 * The reason phrase of an HTTP status, for a status line or a problem's title.
 *
 * @example
 * reasonPhrase(429) // 'Too Many Requests'
 */
export function reasonPhrase(status: number): string {
  return TITLES[status] ?? (status >= 500 ? 'Server Error' : status >= 400 ? 'Client Error' : 'Redirect')
}

/**
 * A refusal as it travels over HTTP: the same bytes on every transport (RFC 9457).
 *
 * @example
 * const { status, headers, body } = upgradeRequired()
 */
export interface HttpRefusal {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string
}

/**
 * Writes a refusal as a problem document. `set`: headers that were set before, where the refusal has none of that name.
 *
 * @example
 * httpRefusal(new Rejection({ status: 404 })).body // '{"type":"about:blank","title":"Not Found","status":404,"code":1008}'
 */
export function httpRefusal(rejection: Rejection, set: AnswerHeaders = {}): HttpRefusal {
  const { status, code, reason } = rejection
  const detail = reason === '' ? {} : { detail: reason }
  return {
    status,
    headers: { ...set, ...rejection.headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title: reasonPhrase(status), status, ...detail, code }),
  }
}
