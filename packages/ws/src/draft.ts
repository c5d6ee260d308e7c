import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

type Written = (error?: Error | null) => void

/** Takes what a response writes; calls back when more can come. */
export type Write = (bytes: Buffer, callback: Written) => void

/**
 * What a framework's response to an upgrade is written to: a socket in all respects, but its bytes go to whoever decides
 * what becomes of them.
 */
export class Draft extends Socket {
  readonly #write: Write

  constructor(write: Write) {
    super()
    this.#write = write
    // Told by the socket that stands behind it.
    this.on('error', () => {})
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, callback: Written): void {
    this.#write(bytesOf(chunk, encoding), callback)
  }

  override _writev(chunks: { chunk: string | Buffer; encoding: BufferEncoding }[], callback: Written): void {
    this.#write(Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding))), callback)
  }
}

function bytesOf(chunk: string | Buffer, encoding: BufferEncoding): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/** A response to an upgrade request, the last one of its socket. */
export function draftResponse(req: IncomingMessage, draft: Draft): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(draft)
  draft.on('drain', () => res.emit('drain'))
  return res
}

/** Those that are about one connection or a body, and those that a 101 has anyway. */
const DROPPED = /^(?:connection|content-|date|keep-alive|sec-websocket-|trailer|transfer-encoding|upgrade)/i

/** The header lines of a drafted 101 that are to leave with the real one. */
export function linesOfDraft(head: string): string[] {
  const [block = ''] = head.split('\r\n\r\n', 1)
  return block.split('\r\n').filter((line, index) => index > 0 && !DROPPED.test(line))
}
