import { LinkspanError } from '@linkspan/core'

/** Answers a path's parameters, or `undefined` where the path is another's. */
export type Match = (path: string) => Readonly<Record<string, string>> | undefined

/** Those of a route that has no named segments. */
export const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/**
 * Compiles path patterns: segments that have to be equal, or named ones (`/chat/:room`) that take any segment but an
 * empty one, percent-decoded. A segment that cannot be decoded matches nothing.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for a pattern without its first slash, or with a name twice or none.
 */
export function matcher(paths: string | readonly string[]): Match {
  const matches = (typeof paths === 'string' ? [paths] : paths).map(compile)
  return (path) => {
    for (const match of matches) {
      const params = match(path)
      if (params !== undefined) return params
    }
    return undefined
  }
}

function compile(pattern: string): Match {
  const segments = pattern.split('/')
  const names = segments.filter((segment) => segment.startsWith(':'))
  if (!pattern.startsWith('/') || names.includes(':') || new Set(names).size < names.length) {
    throw new LinkspanError(
      'LINKSPAN_OPTION',
      `path takes patterns like '/chat/:room', each name once, and not '${pattern}'.`,
    )
  }
  return (path) => {
    const given = path.split('/')
    if (given.length !== segments.length) return undefined
    const params: Record<string, string> = {}
    for (const [index, segment] of segments.entries()) {
      const value = given[index] ?? ''
      if (segment.startsWith(':')) {
        const decoded = decode(value)
        if (!decoded) return undefined
        params[segment.slice(1)] = decoded
      } else if (segment !== value) return undefined
    }
    return params
  }
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
