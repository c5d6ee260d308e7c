import { LinkspanError } from './errors.js'
import { isToken } from './protocol.js'

/**
 * Headers of the answer to an upgrade request: lower-case names; a list is a line each.
 *
 * @example
 * const headers: AnswerHeaders = { 'x-node': 'a7', 'set-cookie': ['a=1', 'b=2'] }
 */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>

/** Those of most answers. */
export const NO_HEADERS: AnswerHeaders = Object.freeze({})
const NO_LINES: readonly [] = []

/** What a field value may not have (RFC 9110 §5.5): control characters, and what is no Latin-1. */
const UNSAFE = /[^\t\x20-\x7e\x80-\xff]/

/** What makes the handshake what it is, or frames its answer. */
const OWNED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
])

/** Whether HTTP can carry this header. */
export function isHeader(name: string, value: string): boolean {
  return isToken(name) && typeof value === 'string' && !UNSAFE.test(value)
}

/**
 * Answers the headers with one more; only `set-cookie` is kept beside an earlier one.
 *
 * @throws LinkspanError `LINKSPAN_HEADER`
 */
export function withHeader(headers: AnswerHeaders, given: string, value: string): AnswerHeaders {
  if (!isHeader(given, value)) {
    throw new LinkspanError(
      'LINKSPAN_HEADER',
      'this header has a character that HTTP forbids: names are tokens, values are Latin-1 without line breaks.',
    )
  }
  const name = given.toLowerCase()
  if (OWNED.has(name)) {
    throw new LinkspanError('LINKSPAN_HEADER', `the handshake sets '${name}' by itself: leave it out.`)
  }
  return { ...headers, [name]: name === 'set-cookie' ? [...(headers[name] ?? []), value] : value }
}

/**
 * The lines of an answer's headers, name and value.
 *
 * @example
 * for (const [name, value] of headerLines(headers)) res.writeHeader(name, value)
 */
export function headerLines(headers: AnswerHeaders): readonly (readonly [string, string])[] {
  if (headers === NO_HEADERS) return NO_LINES
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map((each) => [name, each] as const),
  )
}
