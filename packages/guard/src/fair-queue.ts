/**
 * A bounded queue with a lane for each client. Lanes take turns, so that one with a thousand who wait costs another no
 * more than one turn; and where there is no room left, the longest lane gives way.
 */
export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Set<Item>>()
  readonly #bound: number
  #size = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get size(): number {
    return this.#size
  }

  /** Takes one in. Answers the one that had to go for it, which is itself where no other lane is longer. */
  add(lane: string, item: Item): Item | undefined {
    const displaced = this.#size < this.#bound ? undefined : this.#displace(lane)
    if (this.#size >= this.#bound) return item
    const items = this.#lanes.get(lane)
    if (items === undefined) this.#lanes.set(lane, new Set([item]))
    else items.add(item)
    this.#size += 1
    return displaced
  }

  /** Answers whether it was in. */
  delete(lane: string, item: Item): boolean {
    const items = this.#lanes.get(lane)
    if (items?.delete(item) !== true) return false
    this.#size -= 1
    if (items.size === 0) this.#lanes.delete(lane)
    return true
  }

  /** Offers what there is to one lane after another, the oldest in a lane first, until nobody takes anything more. */
  serve(offer: (item: Item) => boolean): void {
    // A lane that was served goes to the back, where this very iteration comes by it again.
    for (const [lane, items] of this.#lanes) {
      for (const item of items) {
        if (!offer(item)) continue
        this.#lanes.delete(lane)
        this.#lanes.set(lane, items)
        this.delete(lane, item)
        break
      }
    }
  }

  /** Makes room: the newest of the longest lane goes, where that lane would still be no shorter than the given one. */
  #displace(lane: string): Item | undefined {
    let longest = lane
    let most = (this.#lanes.get(lane)?.size ?? 0) + 1
    for (const [name, { size }] of this.#lanes) {
      if (size > most) [longest, most] = [name, size]
    }
    if (longest === lane) return undefined
    const newest = [...(this.#lanes.get(longest) ?? [])].at(-1) as Item
    this.delete(longest, newest)
    return newest
  }
}
