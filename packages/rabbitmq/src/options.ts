import { badOption, type Clock, MAX_DELAY, oneOf, systemClock, whole } from '@linkspan/core'

/**
 * The bounds of the queue that RabbitMQ keeps for a node, and what happens to what has no room there.
 *
 * @example
 * rabbitmqBroker(connect, { queue: { messages: 1_000, overflow: 'refuse' } })
 */
export interface RabbitmqQueueOptions {
  /** Payloads that may wait for the node; 1 to 2,147,483,647. Default: 10,000. */
  readonly messages?: number
  /** Bytes that may wait for the node; 1 to 2^53 - 1. Default: 67,108,864. */
  readonly bytes?: number
  /**
   * `'drop-oldest'`: the slow node loses what has waited longest, and is told of a gap. `'refuse'`: it loses the newest,
   * is told of a gap, and the publisher's call rejects, though all others have got it. Default: `'drop-oldest'`.
   */
  readonly overflow?: 'drop-oldest' | 'refuse'
}

/**
 * What a broker over RabbitMQ can be told. Times are in milliseconds, sizes in bytes.
 *
 * @example
 * rabbitmqBroker(connect, { exchange: 'shop', reconnect: { max: 5_000 } })
 */
export interface RabbitmqBrokerOptions {
  /**
   * The durable topic exchange through which all nodes talk, which is made where it is not there. 1 to 127 letters, digits
   * and `-_.:`; names that begin with `amq.` are RabbitMQ's. Default: `'linkspan'`.
   */
  readonly exchange?: string
  /** What RabbitMQ may keep for a node that is slow. */
  readonly queue?: RabbitmqQueueOptions
  /**
   * What this node may have published without an answer; past it, publishing rejects at once. Default: 10,000 payloads, and
   * 67,108,864 bytes.
   */
  readonly pending?: { readonly messages?: number; readonly bytes?: number }
  /**
   * The largest payload, 65,536 to 134,217,728. RabbitMQ has a `max_message_size` of its own, 16 MiB or more where nobody
   * has lowered it, and closes the channel for what is larger. Default: 1,048,576.
   */
  readonly maxPayload?: number
  /** How long connecting, and declaring what is needed, may take; 1 to 2,147,483,647. Default: 10,000. */
  readonly connectTimeout?: number
  /** How long RabbitMQ may take to answer a goodbye, before the socket is cut; 1 to 2,147,483,647. Default: 1,000. */
  readonly closeTimeout?: number
  /**
   * How long to wait before connecting again: at random between 0 and a bound, which begins at `min`, doubles with each
   * failure and ends at `max`; 1 to 2,147,483,647. Default: 100 to 10,000.
   */
  readonly reconnect?: { readonly min?: number; readonly max?: number }
  /** Answers from 0 to just below 1. Default: `Math.random`. */
  readonly random?: () => number
  /** Default: the platform's. */
  readonly clock?: Clock
}

/** The options with every default filled in. */
export interface Settings {
  readonly exchange: string
  readonly queue: Required<RabbitmqQueueOptions>
  readonly pending: { readonly messages: number; readonly bytes: number }
  readonly maxPayload: number
  readonly connectTimeout: number
  readonly closeTimeout: number
  readonly reconnect: { readonly min: number; readonly max: number }
  readonly random: () => number
  readonly clock: Clock
}

/** What RabbitMQ takes for a length, by its documentation and by what a JavaScript number can say. */
const LONGEST_QUEUE = 2 ** 31 - 1
const EXCHANGE = /^(?!amq\.)[A-Za-z0-9_.:-]{1,127}$/

/** @throws LinkspanError `LINKSPAN_OPTION` */
export function settingsOf(options: RabbitmqBrokerOptions): Settings {
  const { exchange = 'linkspan', queue = {}, pending = {}, reconnect = {} } = options
  if (!EXCHANGE.test(exchange)) {
    throw badOption(
      'exchange takes 1 to 127 letters, digits and -_.: of which amq. is not the beginning: ' +
        'give it the name of your application.',
    )
  }
  const min = whole('reconnect.min', reconnect.min ?? 100, 1, MAX_DELAY)
  return {
    exchange,
    queue: {
      messages: whole('queue.messages', queue.messages ?? 10_000, 1, LONGEST_QUEUE),
      bytes: whole('queue.bytes', queue.bytes ?? 67_108_864, 1, Number.MAX_SAFE_INTEGER),
      overflow: oneOf('queue.overflow', queue.overflow ?? 'drop-oldest', ['drop-oldest', 'refuse']),
    },
    pending: {
      messages: whole('pending.messages', pending.messages ?? 10_000, 1, Number.MAX_SAFE_INTEGER),
      bytes: whole('pending.bytes', pending.bytes ?? 67_108_864, 1, Number.MAX_SAFE_INTEGER),
    },
    maxPayload: whole('maxPayload', options.maxPayload ?? 1_048_576, 65_536, 134_217_728),
    connectTimeout: whole('connectTimeout', options.connectTimeout ?? 10_000, 1, MAX_DELAY),
    closeTimeout: whole('closeTimeout', options.closeTimeout ?? 1_000, 1, MAX_DELAY),
    reconnect: { min, max: whole('reconnect.max', reconnect.max ?? Math.max(min, 10_000), min, MAX_DELAY) },
    random: options.random ?? Math.random,
    clock: options.clock ?? systemClock,
  }
}
