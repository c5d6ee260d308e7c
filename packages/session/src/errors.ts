import { LinkspanError, toError } from '@linkspan/core'

/** The store failed, did not answer in time, or has no room. */
export function storeError(message: string, cause?: unknown): LinkspanError {
  return new LinkspanError('LINKSPAN_STORE', message, cause === undefined ? {} : { cause: toError(cause) })
}

/** A call that a session cannot follow: it has ended, or what it was given cannot be kept. */
export function sessionError(message: string, cause?: unknown): LinkspanError {
  return new LinkspanError('LINKSPAN_SESSION', message, cause === undefined ? {} : { cause: toError(cause) })
}

/** Whether it was the store's fault. */
export function isStoreError(thrown: unknown): boolean {
  return thrown instanceof LinkspanError && thrown.code === 'LINKSPAN_STORE'
}
