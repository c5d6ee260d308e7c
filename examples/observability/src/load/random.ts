/** Numbers that look random, and are the same for the same seed (xorshift, 32 bits). */
export class Random {
  #state: number

  constructor(seed: number) {
    // The state must not be 0, and seeds that are close together should not begin alike.
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x55555555) >>> 0 || 1
    for (let round = 0; round < 8; round += 1) this.next()
  }

  /** From 0, below 1. */
  next(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) / 2 ** 32
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least)
  }

  /** One of several. */
  of<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)]
    if (item === undefined) throw new Error('there is nothing to choose from')
    return item
  }

  /** One of several keys, each as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries = Object.entries(weights) as [Key, number][]
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      left -= weight
      if (left < 0) return key
    }
    throw new Error('there is nothing to choose from')
  }
}
