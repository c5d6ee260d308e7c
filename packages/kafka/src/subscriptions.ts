import { partitionOf } from './partition.js'
import type { View } from './positions.js'

/** Where in the log a subscription begins; until that is known nothing is heard. */
interface Subscription {
  begin: { readonly partition: number; readonly offset: bigint } | undefined
}

/** The channels a node listens to: it reads all of them, and passes on these. */
export class Subscriptions {
  readonly #channels = new Map<string, Subscription>()

  /** Asks for a channel. Answers what puts it in force, once the log's ends are known: unless it was left meanwhile. */
  ask(channel: string): (view: View) => void {
    let subscription = this.#channels.get(channel)
    if (subscription === undefined) {
      subscription = { begin: undefined }
      this.#channels.set(channel, subscription)
    }
    const asked = subscription
    return (view) => {
      const partition = partitionOf(channel, view.size)
      asked.begin ??= { partition, offset: view.get(partition)?.high ?? 0n }
    }
  }

  leave(channel: string): void {
    this.#channels.delete(channel)
  }

  /** The log is another one: what it holds is all new. */
  rebase(): void {
    for (const subscription of this.#channels.values()) {
      if (subscription.begin !== undefined) subscription.begin = { ...subscription.begin, offset: 0n }
    }
  }

  /** Whether a record is for this node. */
  hears(channel: string, partition: number, offset: () => bigint): boolean {
    const begin = this.#channels.get(channel)?.begin
    if (begin === undefined) return false
    // Where partitions were added a channel may have moved: offsets of another partition mean nothing.
    return begin.partition !== partition || offset() >= begin.offset
  }
}
