import type { Bus, BusStatus } from '../ports/bus.js'
import type { Cluster } from './cluster.js'

/** Notices between the nodes of one application, through its broker. */
export class NodeBus<Item> implements Bus<Item> {
  readonly #cluster: Cluster
  readonly #event: string

  constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster
    // What applications emit has names of its own.
    this.#event = `bus:${name}`
  }

  async publish(item: Item): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#cluster.emit(this.#event, item, (error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  subscribe(listener: (item: Item) => void): () => void {
    return this.#cluster.onNode(this.#event, listener)
  }

  status(): BusStatus {
    return this.#cluster.hearing ? 'up' : 'down'
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#cluster.onHearing((hearing) => listener(hearing ? 'up' : 'down'))
  }
}
