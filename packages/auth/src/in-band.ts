import type { Connection, Message } from '@linkspan/core'
import type { TokenMessage } from './jwt-options.js'

/** Bytes that `{"type":"auth","token":""}` may add, in any spelling. */
const ENVELOPE = 256

/**
 * Answers 101 and waits for the first message: the token in it, `undefined` where it has none or is longer than `most`.
 *
 * @throws Rejection when the time is over: 4010.
 */
export async function tokenInBand(
  conn: Connection<unknown>,
  shape: TokenMessage,
  timeout: number,
  most: number,
): Promise<string | undefined> {
  await conn.accept()
  const message = await conn.read({ timeout })
  if (message.size > most + ENVELOPE) return undefined
  try {
    return tokenOf(message, shape)
  } catch {
    // No JSON, no UTF-8, not what a function expects: malformed, whatever it is.
    return undefined
  }
}

function tokenOf(message: Message, shape: TokenMessage): string | undefined {
  if (typeof shape === 'function') return shape(message)
  if (message.kind !== 'text') return undefined
  if (shape === 'text') return message.text()
  const { type, token } = message.json<{ type?: unknown; token?: unknown }>()
  return type === 'auth' && typeof token === 'string' ? token : undefined
}
