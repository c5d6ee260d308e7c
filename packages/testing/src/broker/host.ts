import type { Broker } from '@linkspan/core'

/**
 * An engine, as a test reaches it, for the time of one test. Channels are new in every test, so the engine may be shared.
 *
 * @example
 * const hub = memoryBroker()
 * const host: BrokerHost = {
 *   broker: () => hub,
 *   cut: async () => hub.cut(),
 *   mend: async () => hub.mend(),
 *   close: async () => {},
 * }
 */
export interface BrokerHost {
  /** A binding with connections of its own, as another process would have it. In memory: the same one. */
  broker(): Broker
  /**
   * Cuts all connections of this host's brokers, and refuses new ones until `mend`. The engine goes on meanwhile. Only
   * where `supports.cut`.
   */
  cut?(): Promise<void>
  mend?(): Promise<void>
  /**
   * Lets the engine answer nothing while its connections stand, until `unstall`: SIGSTOP, or a proxy that passes nothing
   * on. What was sent meanwhile is not lost by that. Only where `supports.stall`.
   */
  stall?(): Promise<void>
  unstall?(): Promise<void>
  /** A binding whose connections neither `cut` nor `stall` touches. Only where `supports.replays`. */
  elsewhere?(): Broker
  /** A binding on a client that was handed in to it. Only where `supports.lend`. */
  lend?(): Promise<LentClient>
  /**
   * How much brokers have left behind: listeners on the client handed in, connections and subscriptions in the engine.
   * Any number that is again what it was when a node has gone. Only where `supports.listeners`.
   */
  listeners?(): number | Promise<number>
  /** Ends what the host itself began, such as its proxy, and clients that were handed in. */
  close(): Promise<void>
}

/**
 * A client that belongs to the application, and a broker that uses it.
 *
 * @example
 * const redis = new Redis()
 * const lent: LentClient = { broker: redisBroker({ client: redis }), works: async () => { await redis.ping() } }
 */
export interface LentClient {
  readonly broker: Broker
  /** Uses the client itself; rejects where it was ended. */
  works(): Promise<void>
}

/** Makes a host for one test. */
export type BrokerFactory = () => Promise<BrokerHost>

/**
 * What a broker can do beyond what every one has to, and what can be done to it.
 *
 * @example
 * const supports: Partial<BrokerSupports> = { stall: false, replays: true }
 */
export interface BrokerSupports {
  /** Its connections can be cut. Default: true. */
  readonly cut: boolean
  /** Its engine can be made to hang. Default: true. */
  readonly stall: boolean
  /** It takes a client of the application. Default: true. */
  readonly lend: boolean
  /** The host can count what is left behind. Default: true. */
  readonly listeners: boolean
  /** What was published while a node was away arrives there afterwards, from the engine's log. Default: false. */
  readonly replays: boolean
}
