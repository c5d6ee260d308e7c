import { type Broker, badOption, type Clock, systemClock, whole } from '@linkspan/core'
import type { NatsConnection } from '@nats-io/transport-node'
import { NatsLink } from './link.js'

/**
 * How a broker over NATS behaves.
 *
 * @example
 * natsBroker(() => connect({ servers: 'nats.example' }), { maxPending: 1_048_576 })
 */
export interface NatsBrokerOptions {
  /**
   * Bytes that may wait for the server's answer, those of calls included that were given up. Past it, calls reject at once:
   * the client keeps whatever it is given while the server reads nothing. 1 or more. Default: 33,554,432.
   */
  readonly maxPending?: number
  /** Times the pauses between attempts to connect. Default: the platform's. */
  readonly clock?: Clock
}

/**
 * Carries what nodes say to each other over core NATS: plain publish and subscribe, at most once, nothing is stored.
 *
 * With a function, every application has a connection of its own, which is made anew, after a pause that grows from 0.1 to
 * 5 s and is never the same, whenever the client has given up or its connection hangs; it ends with the application. A
 * connection that is handed in stays yours: connect it with `maxReconnectAttempts: -1`, without `noEcho` where several
 * applications share it, and close it after `app.drain()`.
 *
 * Calls reject with a `LINKSPAN_BROKER` that tells the kind of failure, and nothing of what was sent.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` where the connection or an option makes no sense.
 *
 * @example
 * const servers = ['nats-1.example', 'nats-2.example']
 * linkspan({ broker: natsBroker(() => connect({ servers, maxReconnectAttempts: -1, pingInterval: 10_000 })) })
 */
export function natsBroker(
  connection: NatsConnection | (() => Promise<NatsConnection>),
  { maxPending = 33_554_432, clock = systemClock }: NatsBrokerOptions = {},
): Broker {
  whole('maxPending', maxPending, 1, Number.MAX_SAFE_INTEGER)
  if (typeof connection === 'function') {
    return { open: (sink) => new NatsLink(sink, { connect: connection, owned: true, maxPending, clock }) }
  }
  if (typeof connection?.status !== 'function') {
    throw badOption('natsBroker takes a connection of @nats-io/transport-node, or a function that makes one.')
  }
  const connect = async (): Promise<NatsConnection> => connection
  return { open: (sink) => new NatsLink(sink, { connect, owned: false, maxPending, clock }) }
}
