import { LinkspanError } from '@linkspan/core'

/** Kafka failed, did not answer in time, or cannot be asked this. */
export function kafkaError(message: string): LinkspanError {
  return new LinkspanError('LINKSPAN_BROKER', message)
}

/**
 * What the client rejected with, as far as it may be told: its kind, such as `NOT_LEADER_FOR_PARTITION`, `ECONNREFUSED` or
 * `KafkaJSRequestTimeoutError`. Its messages carry addresses, and those of a login more.
 */
export function told(thrown: unknown): LinkspanError {
  if (thrown instanceof LinkspanError) return thrown
  const kind = kindOf(origin(thrown))
  const advice =
    kind === 'UNKNOWN_TOPIC_OR_PARTITION'
      ? ' Create the topic, or give it another name with `topic`, or allow its creation.'
      : ''
  return kafkaError(`Kafka failed: ${kind}.${advice}`)
}

/** The client wraps what happened in what it did about it. */
function origin(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  if ('errors' in thrown && Array.isArray(thrown.errors) && thrown.errors.length > 0)
    return origin(thrown.errors[0])
  return thrown.cause instanceof Error ? origin(thrown.cause) : thrown
}

function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  for (const kind of ['type' in thrown && thrown.type, 'code' in thrown && thrown.code]) {
    if (typeof kind === 'string' && /^[A-Z_]+$/.test(kind)) return kind
  }
  return thrown.name
}
