/** The head of an HTTP/1.1 response. */
export interface HttpHead {
  readonly status: number
  /** Lower-case names; repeated ones joined by `', '`, but for `set-cookie`: by a newline. */
  readonly headers: Readonly<Record<string, string>>
}

/** A whole answer. `rest` is what came after it: behind a 101, the first frames. */
export interface HttpAnswer extends HttpHead {
  readonly body: string
  readonly rest: Uint8Array
}

/** A head is never longer in a test that is about anything else. */
const MAX_HEAD = 1_048_576
const decoder = new TextDecoder()

/**
 * Reads one response to an upgrade request, from bytes as they arrive (RFC 9112). Interim responses other than 101 are
 * passed over.
 *
 * @throws Error where the bytes are no HTTP/1.1 response
 */
export class HttpAnswerParser {
  #bytes: Buffer = Buffer.alloc(0)
  #head: HttpHead | undefined

  /** Answers the response once it is whole. `ended`: no more bytes will come. */
  push(bytes: Uint8Array, ended = false): HttpAnswer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    while (this.#head === undefined) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        if (this.#bytes.length > MAX_HEAD) throw new Error('the head of the answer does not end')
        return undefined
      }
      const head = parseHead(this.#bytes.toString('latin1', 0, end))
      this.#bytes = this.#bytes.subarray(end + 4)
      if (head.status >= 200 || head.status === 101) this.#head = head
    }
    const { status, headers } = this.#head
    const found = status === 101 ? { body: Buffer.alloc(0), size: 0 } : bodyOf(this.#bytes, headers, ended)
    if (found === undefined) return undefined
    return {
      status,
      headers,
      body: decoder.decode(found.body),
      rest: new Uint8Array(this.#bytes.subarray(found.size)),
    }
  }
}

function parseHead(text: string): HttpHead {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]
  if (status === undefined) throw new Error(`this is no status line: '${statusLine.slice(0, 80)}'`)
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new Error(`this is no header line: '${line.slice(0, 80)}'`)
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value : `${before}${key === 'set-cookie' ? '\n' : ', '}${value}`
  }
  return { status: Number(status), headers }
}

interface Body {
  readonly body: Buffer
  /** Bytes it took on the wire. */
  readonly size: number
}

/** The body, by RFC 9112 §6.3; `undefined` while it is not whole. */
function bodyOf(bytes: Buffer, headers: HttpHead['headers'], ended: boolean): Body | undefined {
  if (/(?:^|,)\s*chunked\s*$/i.test(headers['transfer-encoding'] ?? '')) return chunked(bytes)
  const length = headers['content-length']
  if (length === undefined) return ended ? { body: bytes, size: bytes.length } : undefined
  if (!/^\d+$/.test(length)) throw new Error(`this is no content length: '${length}'`)
  const size = Number(length)
  return bytes.length < size ? undefined : { body: bytes.subarray(0, size), size }
}

function chunked(bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = bytes.toString('latin1', at, lineEnd)
    const size = Number.parseInt(line, 16)
    if (!/^[0-9a-f]+\s*(;|$)/i.test(line)) throw new Error(`this is no chunk size: '${line.slice(0, 80)}'`)
    const start = lineEnd + 2
    if (size === 0) {
      const end = bytes.indexOf('\r\n', start)
      return end < 0 ? undefined : { body: Buffer.concat(chunks), size: end + 2 }
    }
    if (bytes.length < start + size + 2) return undefined
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
}
