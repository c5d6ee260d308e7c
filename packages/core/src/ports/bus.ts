import type { BrokerStatus } from './broker.js'

/**
 * What carries short notices between all nodes of an application: at most once is enough, in any order, and to the node
 * that published as well or not. `app.bus(name)` is one over the application's broker; to write one for something else is
 * to give these members.
 *
 * How soon it notices that it is down adds to every bound that its users promise: a few seconds are good.
 *
 * @example
 * const bus: Bus<{ at: number }> = app.bus('prices')
 */
export interface Bus<Item> {
  /** Resolves when the broker has taken the item; rejects where it has not, or that is not known. Settles in any case. */
  publish(item: Item): Promise<void>
  /** Calls `listener` with what any node publishes from now on; it never throws. Answers what ends that. */
  subscribe(listener: (item: Item) => void): () => void
  status(): BusStatus
  /**
   * Calls `listener` whenever `status()` has changed; it never throws. `up` is said only when the subscription stands
   * again. Answers what ends that.
   */
  onStatus(listener: (status: BusStatus) => void): () => void
  /**
   * Where the broker keeps what was published: all of it from an instant on, in milliseconds since the epoch; rather too
   * much than too little. Rejects where it cannot tell. Absent: what was missed is lost.
   */
  since?(instant: number): Promise<readonly Item[]>
}

/**
 * Whether what is published now reaches the other nodes, and what they publish reaches this one.
 *
 * @example
 * if (bus.status() === 'down') refuseEverybody()
 */
export type BusStatus = Exclude<BrokerStatus, 'degraded'>
