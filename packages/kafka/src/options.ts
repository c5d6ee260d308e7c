import { badOption, type Clock, MAX_DELAY, systemClock, whole } from '@linkspan/core'

/**
 * What a broker on Kafka can be told.
 *
 * @example
 * kafkaBroker(kafka, { topic: 'shop-nodes', maxFetchBytes: 1_048_576 })
 */
export interface KafkaBrokerOptions {
  /** The one topic that all nodes write and read: 1 to 249 of letters, digits and `._-`. Default: `'linkspan'`. */
  readonly topic?: string
  /** What the ids of consumer groups begin with; a dot and a UUID follow. Default: the topic. */
  readonly group?: string
  /**
   * The largest payload of one publish, and of one request to a partition, in bytes, 65,536 to 100,000,000. It has to fit
   * the topic's `max.message.bytes` with some room. Default: 921,600.
   */
  readonly maxPayload?: number
  /** What one fetch from one Kafka broker may answer, in bytes, 65,536 to 2,147,483,647. Default: 4,194,304. */
  readonly maxFetchBytes?: number
  /** How long Kafka may hold a fetch while there is nothing new, in milliseconds, 1 to 5,000. Default: 500. */
  readonly fetchWait?: number
  /** Milliseconds between two looks at whether Kafka answers, 50 to 60,000. Default: 2,000. */
  readonly interval?: number
  /** How long Kafka may take to answer such a look, or a new connection, in milliseconds, 100 to 60,000. Default: 5,000. */
  readonly timeout?: number
  /** Default: the platform's. */
  readonly clock?: Clock
}

/** Options with nothing left open. */
export type Settings = Required<KafkaBrokerOptions>

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function settingsOf(options: KafkaBrokerOptions): Settings {
  const { topic = 'linkspan', clock = systemClock } = options
  return {
    topic: named('topic', topic),
    group: named('group', options.group ?? topic),
    maxPayload: whole('maxPayload', options.maxPayload ?? 921_600, 65_536, 100_000_000),
    maxFetchBytes: whole('maxFetchBytes', options.maxFetchBytes ?? 4_194_304, 65_536, MAX_DELAY),
    fetchWait: whole('fetchWait', options.fetchWait ?? 500, 1, 5_000),
    interval: whole('interval', options.interval ?? 2_000, 50, 60_000),
    timeout: whole('timeout', options.timeout ?? 5_000, 100, 60_000),
    clock,
  }
}

function named(option: string, name: string): string {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..') return name
  throw badOption(`${option} takes 1 to 249 letters, digits, dots, hyphens and underscores.`)
}
