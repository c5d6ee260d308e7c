import { LinkspanError } from '@linkspan/core'

/** Redis failed, did not answer in time, or cannot be asked this. */
export function redisError(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_STORE', message)
}

/**
 * What a client rejected with, as far as it may be told: clients put whole commands, with keys and data, into their
 * errors. What is left is the error's kind, such as `OOM`, `READONLY` or `ECONNREFUSED`.
 */
export function told(thrown: unknown): LinkspanError {
  return thrown instanceof LinkspanError ? thrown : redisError(`Redis failed: ${kindOf(thrown)}.`)
}

/** Whether Redis does not have a script that was named by its digest. */
export function isScriptMissing(thrown: unknown): boolean {
  return kindOf(thrown) === 'NOSCRIPT'
}

/** The kind of a client's error, such as `OOM` or `ECONNREFUSED`. */
export function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const code: unknown = 'code' in thrown ? thrown.code : undefined
  // Replies begin with their kind in capitals.
  const kind = /^[A-Z]{2,}\b/.exec(typeof code === 'string' ? code : thrown.message)?.[0]
  return kind ?? thrown.constructor.name
}
