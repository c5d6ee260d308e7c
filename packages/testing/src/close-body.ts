const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a close frame says. `code` is `undefined` where it has no body (RFC 6455 §7.1.5). */
export interface CloseBody {
  readonly code: number | undefined
  readonly reason: string
}

/**
 * Writes the body of a close frame: two bytes of code, then the reason; nothing at all without a code.
 *
 * @example
 * encodeFrame({ opcode: Opcode.close, payload: encodeClose(1000, 'done') })
 */
export function encodeClose(code?: number, reason = ''): Uint8Array {
  if (code === undefined) return new Uint8Array(0)
  return Uint8Array.of(code >> 8, code & 0xff, ...new TextEncoder().encode(reason))
}

/** Reads the body of a close frame; a number is the code of what is wrong in it (RFC 6455 §5.5.1, §7.4.1). */
export function decodeClose(body: Uint8Array): CloseBody | 1002 | 1007 {
  if (body.length === 0) return { code: undefined, reason: '' }
  if (body.length === 1) return 1002
  const code = ((body[0] as number) << 8) | (body[1] as number)
  if (!isCloseCode(code)) return 1002
  const reason = decodeText(body.subarray(2))
  return reason === undefined ? 1007 : { code, reason }
}

/** UTF-8 as a string; `undefined` for what is none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether a code may stand in a close frame (RFC 6455 §7.4, and the IANA registry for 1012 to 1014). */
function isCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
}
