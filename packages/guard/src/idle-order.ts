/** What an {@link IdleOrder} ranks. The two numbers are its own. */
export interface Idling {
  /** Milliseconds since it was last heard of. */
  readonly idle: number
  /** The latest instant at which it is known to have been heard of. */
  heardAt: number
  /** Where it is in the heap. */
  index: number
}

/**
 * Finds the one that has been silent for longest: a binary heap over instants that only move forward, so that what is
 * heard of costs nothing. An instant is looked up again only when it is at the top and could matter, at most once in
 * the least silence that is asked for.
 */
export class IdleOrder<Item extends Idling> {
  readonly #heap: Item[] = []

  get size(): number {
    return this.#heap.length
  }

  add(item: Item, now: number): void {
    item.heardAt = now
    item.index = this.#heap.length
    this.#heap.push(item)
    this.#rise(item)
  }

  /** Takes one out that is in. */
  delete(item: Item): void {
    const last = this.#heap.pop() as Item
    if (last === item) return
    this.#put(last, item.index)
    this.#rise(last)
    this.#sink(last)
  }

  /** The one that was silent for longest, if that is `least` milliseconds or more. */
  longest(now: number, least: number): Item | undefined {
    for (let [top] = this.#heap; top !== undefined && top.heardAt <= now - least; [top] = this.#heap) {
      const heardAt = now - top.idle
      if (heardAt <= top.heardAt) return top
      top.heardAt = heardAt
      this.#sink(top)
    }
    return undefined
  }

  #rise(item: Item): void {
    while (item.index > 0) {
      const parent = this.#heap[(item.index - 1) >> 1] as Item
      if (parent.heardAt <= item.heardAt) return
      this.#swap(item, parent)
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const left = this.#heap[2 * item.index + 1]
      const right = this.#heap[2 * item.index + 2]
      const child = right !== undefined && left !== undefined && right.heardAt < left.heardAt ? right : left
      if (child === undefined || item.heardAt <= child.heardAt) return
      this.#swap(item, child)
    }
  }

  #swap(one: Item, other: Item): void {
    const { index } = one
    this.#put(one, other.index)
    this.#put(other, index)
  }

  #put(item: Item, index: number): void {
    item.index = index
    this.#heap[index] = item
  }
}
