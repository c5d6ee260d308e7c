import { badOption, whole } from '@linkspan/core'
import type { Bus, BusStatus } from './revocation-bus.js'

/**
 * What `memoryBus` can be told.
 *
 * @example
 * const bus = memoryBus<Revocation>({ history: 0 })
 */
export interface MemoryBusOptions {
  /** Items kept for `since`, the latest ones; 0: there is no `since`. Default: 10,000. */
  readonly history?: number
}

interface Timed {
  readonly at: number
}

/** What all links of one bus share. */
class Hub<Item> {
  readonly links: Set<MemoryLink<Item>> = new Set()
  readonly kept: Item[] = []
  readonly history: number

  constructor(history: number) {
    this.history = history
  }
}

/**
 * One node's link to a bus in memory: for applications that share a process, and for tests, which can cut it.
 *
 * @example
 * const ours = memoryBus<Revocation>()
 * const theirs = ours.link()
 * theirs.cut()
 */
export interface MemoryBus<Item> extends Bus<Item> {
  /** A further link to the same bus, for another node. */
  link(): MemoryBus<Item>
  /** Cuts this link: nothing is published, and nothing heard. */
  cut(): void
  /** Mends it. */
  mend(): void
  /** Who listens, to items and to the status. */
  readonly listeners: number
}

class MemoryLink<Item> implements MemoryBus<Item> {
  readonly since?: (instant: number) => Promise<readonly Item[]>
  readonly #hub: Hub<Item>
  readonly #listeners = new Set<(item: Item) => void>()
  readonly #observers = new Set<(status: BusStatus) => void>()
  #status: BusStatus = 'up'

  /** Use `memoryBus`, and `link` for further ones. */
  constructor(hub: Hub<Item>) {
    this.#hub = hub
    if (hub.history > 0) this.since = (instant) => this.#since(instant)
    hub.links.add(this)
  }

  /** A further link to the same bus, for another node. */
  link(): MemoryLink<Item> {
    return new MemoryLink(this.#hub)
  }

  async publish(item: Item): Promise<void> {
    this.#assertUp()
    const { kept, history, links } = this.#hub
    if (history > 0) kept.push(item)
    if (kept.length > history) kept.shift()
    // As from a broker: later, and without a way back into the publisher's call.
    await Promise.resolve()
    for (const link of links) link.#receive(item)
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

  /** Cuts this link: nothing comes or goes until `mend`. */
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
    return this.#hub.kept.filter((item) => (item as Item & Timed).at >= instant)
  }

  #assertUp(): void {
    if (this.#status === 'down') throw new Error('the link to the bus is cut')
  }
}

/**
 * Makes a bus in memory: for one process, or as a stand-in for a broker in tests.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const bus = memoryBus<Revocation>()
 * const here = revocation({ bus })
 * const there = revocation({ bus: bus.link() })
 */
export function memoryBus<Item extends Timed>(options: MemoryBusOptions = {}): MemoryBus<Item> {
  if (typeof options !== 'object') throw badOption('memoryBus() takes options.')
  return new MemoryLink(new Hub<Item>(whole('history', options.history ?? 10_000, 0, 1_000_000)))
}
