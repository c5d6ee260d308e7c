import { LinkspanError } from '@linkspan/core'

/** NATS failed, or cannot be asked this. */
export function natsError(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_BROKER', message)
}

/**
 * What a client rejected with, as far as it may be told: addresses with passwords, and subjects, stand in its errors. What
 * is left is the error's kind, and the server's own words where it says nothing but plain ones.
 */
export function told(what: string, thrown: unknown): LinkspanError {
  return thrown instanceof LinkspanError ? thrown : natsError(`${what}: ${kindOf(thrown)}.`)
}

function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const code: unknown = 'code' in thrown ? thrown.code : undefined
  if (typeof code === 'string' && /^[A-Z_]+$/.test(code)) return code
  // Such as `maximum subscriptions exceeded`.
  return thrown.name === 'ProtocolError' && /^[A-Za-z ]{1,64}$/.test(thrown.message)
    ? thrown.message
    : thrown.name
}
