import type { Revocation } from './revocation-notice.js'

/** Whether what is published now reaches the other nodes, and what they publish reaches this one. */
export type BusStatus = 'up' | 'down'

/**
 * What carries short notices between all nodes of an application: at most once is enough, in any order, and to the node
 * that published as well or not. To write one for another broker is to give these members.
 *
 * How soon it notices that it is down adds to every bound that its users promise: a few seconds are good.
 *
 * @example
 * const bus: Bus<Revocation> = memoryBus()
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

/** The bus that revocations travel on. */
export type RevocationBus = Bus<Revocation>
