import type { IncomingMessage } from 'node:http'
import { checkUpgrade, type HttpRefusal, shareHeaders } from '@linkspan/core'

/** The headers of a request as HTTP joins them. */
export function headersOf(req: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const cookies = req.headers['set-cookie']
  // Node joins all but this one, which is no request header at all.
  if (cookies === undefined) return req.headers as Record<string, string | undefined>
  return { ...req.headers, 'set-cookie': cookies.join(', ') } as Record<string, string | undefined>
}

/** What is wrong with an upgrade request, if anything is. Its header lines are shared with others' from then on. */
export function checkRequest({
  method = '',
  httpVersion,
  rawHeaders,
}: IncomingMessage): HttpRefusal | undefined {
  // Node makes its `headers` of these when they are asked for.
  return checkUpgrade({ method, httpVersion, rawHeaders: shareHeaders(rawHeaders) })
}
