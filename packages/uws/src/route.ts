import type { HttpRequest } from 'uWebSockets.js'
import { LinkspanError } from '@linkspan/core'

/**
 * The names of a path pattern's segments, in order: `['room']` of `/chat/:room`.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a pattern without its first slash, or with a name twice or none.
 */
export function namesOf(pattern: string): readonly string[] {
  const names = pattern.split('/').filter((segment) => segment.startsWith(':'))
  if (!pattern.startsWith('/') || names.includes(':') || new Set(names).size < names.length) {
    throw new LinkspanError(
      'LINKSPAN_OPTION',
      `path takes patterns like '/chat/:room', each name once, and not '${pattern}'.`,
    )
  }
  return names.map((name) => name.slice(1))
}

const NONE: Readonly<Record<string, string>> = Object.freeze({})

/** The parameters of a request, percent-decoded; `undefined` where one cannot be decoded. */
export function paramsOf(
  req: HttpRequest,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (names.length === 0) return NONE
  try {
    return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(req.getParameter(index))]))
  } catch {
    return undefined
  }
}
