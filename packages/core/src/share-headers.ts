/** Names that are remembered, as clients write them. */
const MOST = 64
/** What is longer is not remembered, in characters. */
const LONGEST = 512
/** Whose values are remembered: what many clients send alike. All others may hold a secret, subprotocols too. */
const COMMON =
  /^(?:host|connection|upgrade|origin|user-agent|accept(?:-.+)?|cache-control|pragma|dnt|priority|via|sec-(?:ch|fetch)-.+|sec-websocket-(?:version|extensions)|x-forwarded-(?:host|port|proto))$/i

/** A name, and the value that it came with the last time. */
interface Line {
  readonly name: string
  readonly common: boolean
  value: string | undefined
}

const lines = new Map<string, Line>()

/**
 * Makes the header lines of a request, name and value in turn, the same strings as those of the last request where they
 * are equal to them: most of what a client sends is what all clients send, and each connection keeps its headers. Only
 * values of headers that many send alike are remembered, no credentials, and what is remembered is bounded.
 *
 * Answers the list that it was given.
 *
 * @example
 * shareHeaders(req.rawHeaders)
 */
export function shareHeaders(rawHeaders: string[]): string[] {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const line = lines.get(name) ?? remember(name)
    if (line === undefined) continue
    rawHeaders[i] = line.name
    if (!line.common) continue
    const value = rawHeaders[i + 1] as string
    if (value === line.value) rawHeaders[i + 1] = line.value
    else if (value.length <= LONGEST) line.value = value
  }
  return rawHeaders
}

function remember(name: string): Line | undefined {
  if (lines.size >= MOST || name.length > LONGEST) return undefined
  const line = { name, common: COMMON.test(name), value: undefined }
  lines.set(name, line)
  return line
}
