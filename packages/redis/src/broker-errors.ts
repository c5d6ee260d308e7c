import { LinkspanError } from '@linkspan/core'
import { kindOf } from './errors.js'

/** What a broker rejects with, and reports. */
export function brokerError(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_BROKER', message)
}

/** A client's error, as far as it may be told: its kind, and nothing of what was sent. */
export function brokerFailure(what: string, thrown: unknown): LinkspanError {
  if (thrown instanceof LinkspanError) return thrown
  return brokerError(thrown === undefined ? `${what}.` : `${what}: ${kindOf(thrown)}.`)
}
