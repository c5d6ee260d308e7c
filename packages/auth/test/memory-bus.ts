import type { Bus, BusStatus } from '@linkspan/core'

interface Timed {
  readonly at: number
}

/** What all links of one bus share. */
interface Hub<Item extends Timed> {
  readonly links: Set<MemoryBus<Item>>
  readonly kept: Item[]
  readonly keeps: boolean
}

/** One node's link to a bus that keeps what was published, as a log does, and that a test can cut and look into. */
export class MemoryBus<Item extends Timed = Timed> implements Bus<Item> {
  readonly since?: (instant: number) => Promise<readonly Item[]>
  readonly #hub: Hub<Item>
  readonly #listeners = new Set<(item: Item) => void>()
  readonly #observers = new Set<(status: BusStatus) => void>()
  #status: BusStatus = 'up'

  constructor(hub: Hub<Item>) {
    this.#hub = hub
    if (hub.keeps) this.since = (instant) => this.#since(instant)
    hub.links.add(this)
  }

  /** A further link to the same bus, for another node. */
  link(): MemoryBus<Item> {
    return new MemoryBus(this.#hub)
  }

  async publish(item: Item): Promise<void> {
    this.#assertUp()
    if (this.#hub.keeps) this.#hub.kept.push(item)
    // As from a broker: later, and without a way back into the publisher's call.
    await Promise.resolve()
    for (const link of this.#hub.links) link.#receive(item)
  }

  subscribe(listener: (item: Item) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): BusStatus {
    return this.#status
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#observers.add(listener)
    return () => this.#observers.delete(listener)
  }

  /** Nothing comes or goes until `mend`. */
  cut(): void {
    this.#become('down')
  }

  mend(): void {
    this.#become('up')
  }

  /** Who listens, to items and to the status. */
  get listeners(): number {
    return this.#listeners.size + this.#observers.size
  }

  #become(status: BusStatus): void {
    if (this.#status === status) return
    this.#status = status
    for (const observer of [...this.#observers]) observer(status)
  }

  #receive(item: Item): void {
    if (this.#status === 'up') for (const listener of [...this.#listeners]) listener(item)
  }

  async #since(instant: number): Promise<readonly Item[]> {
    this.#assertUp()
    return this.#hub.kept.filter(({ at }) => at >= instant)
  }

  #assertUp(): void {
    if (this.#status === 'down') throw new Error('the link to the bus is cut')
  }
}

/** A bus with one link; `keeps`: it has `since`. */
export function memoryBus<Item extends Timed>(keeps = true): MemoryBus<Item> {
  return new MemoryBus({ links: new Set(), kept: [], keeps })
}
