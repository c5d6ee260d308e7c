import { LinkspanError } from '@linkspan/core'

/** RabbitMQ failed, did not answer in time, or refused. */
export function rabbitmqError(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_BROKER', message)
}

/** What amqplib says in words of its own, without anything of ours in them. */
const FIXED =
  /^(?:Heartbeat timeout|Unexpected close|Socket closed abruptly during opening handshake|channel closed)$/

/**
 * What amqplib failed with, as far as it may be told: the server's texts name channels and users. What is left is the
 * kind, such as `ECONNREFUSED`, `404 (NOT-FOUND)` or `Heartbeat timeout`.
 */
export function told(thrown: unknown): LinkspanError {
  return thrown instanceof LinkspanError ? thrown : rabbitmqError(`RabbitMQ failed: ${kindOf(thrown)}.`)
}

function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  if (FIXED.test(thrown.message)) return thrown.message
  // The server's own reasons carry a number and its name.
  const reason = /\b\d{3} \([A-Z-]+\)/.exec(thrown.message)?.[0]
  if (reason !== undefined) return reason
  const code: unknown = 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : thrown.constructor.name
}
