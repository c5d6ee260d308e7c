import type { HttpRequest } from 'uWebSockets.js'
import { type RawUpgrade, shareHeaders } from '@linkspan/core'

/** What is to be known of a request, copied: uWebSockets.js takes it away when its handler returns. */
export interface CopiedRequest extends RawUpgrade {
  readonly url: string
}

/** Copies a request. One of another version than HTTP/1.1 does not come this far. */
export function copyRequest(req: HttpRequest): CopiedRequest {
  const rawHeaders: string[] = []
  req.forEach((name, value) => {
    rawHeaders.push(name, asNodeReads(value))
  })
  const query: string | undefined = req.getQuery()
  // Without a question mark it is undefined, whatever the types say.
  const url = query === undefined ? req.getUrl() : `${req.getUrl()}?${query}`
  // Asked for in lower case, it would be changed in the request itself.
  return {
    method: req.getCaseSensitiveMethod(),
    httpVersion: '1.1',
    url: asNodeReads(url),
    rawHeaders: shareHeaders(rawHeaders),
  }
}

/** What is no list, of what a client may well send: of these Node takes the first. */
const SINGLE = [
  'authorization',
  'content-length',
  'content-type',
  'from',
  'proxy-authorization',
  'referer',
  'user-agent',
]

/** Joins repeated headers, as Node does (RFC 9110 §5.3, RFC 6265 §5.4). */
export function joinHeaders({ rawHeaders }: CopiedRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (before === undefined) headers[name] = value
    else if (!SINGLE.includes(name)) headers[name] = before + (name === 'cookie' ? '; ' : ', ') + value
  }
  return headers
}

/** Node takes what is not ASCII for Latin-1, uWebSockets.js for UTF-8. */
function asNodeReads(text: string): string {
  return /[\u0080-\uffff]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
