import type { Message } from '@linkspan/core'

const utf8 = new TextEncoder()
/** What the text of a renewal begins with, apart from JSON's white space. */
const HEAD = ['{', '"type"', ':', '"renew"'].map((token) => utf8.encode(token))
/** The least that a renewal consists of. */
const LEAST = '{"type":"renew","token":""}'.length

/**
 * The token in a renewal's usual shape, a text message of JSON that begins with its type:
 * `{"type":"renew","token":"…"}`. Nothing is decoded or parsed of a message that is longer than `maxSize` bytes or begins
 * otherwise. What is no renewal answers `undefined`, and is the application's.
 */
export function tokenIn(message: Message, maxSize: number): string | undefined {
  if (message.kind !== 'text' || message.size < LEAST || message.size > maxSize) return undefined
  if (!beginsAsRenewal(message.bytes())) return undefined
  try {
    const { type, token } = message.json<{ readonly type?: unknown; readonly token?: unknown }>()
    return type === 'renew' && typeof token === 'string' ? token : undefined
  } catch {
    return undefined
  }
}

function beginsAsRenewal(bytes: Uint8Array): boolean {
  let at = 0
  for (const token of HEAD) {
    while (isSpace(bytes[at])) at += 1
    for (const byte of token) {
      if (bytes[at] !== byte) return false
      at += 1
    }
  }
  return true
}

/** RFC 8259 §2. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
