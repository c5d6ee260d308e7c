import type { Bus, BusStatus } from '../ports/bus.js'
import type { Cluster } from './cluster.js'

/** Notices between the nodes of one application, through its broker. */
export class NodeBus<Item> implements Bus<Item> {
  readonly #cluster: Cluster
  /** Its own: what is missing there is missing here, and nothing else is. */
  readonly #channel: string
  readonly #event: string

  constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster
    this.#channel = cluster.busChannel(name)
    // What applications emit has names of its own.
    this.#event = `bus:${name}`
  }

  async publish(item: Item): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settled = (error?: Error): void => (error === undefined ? resolve() : reject(error))
      this.#cluster.emit(this.#event, item, { channel: this.#channel, settled })
    })
  }

  subscribe(listener: (item: Item) => void): () => void {
    return this.#cluster.onNode(this.#event, listener)
  }

  status(): BusStatus {
    return this.#cluster.ears.hears(this.#channel) ? 'up' : 'down'
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#cluster.ears.on(this.#channel, (hears) => listener(hears ? 'up' : 'down'))
  }
}
