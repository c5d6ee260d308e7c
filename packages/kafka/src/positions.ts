/** Where a partition's log begins, and where the next record will stand. */
interface Bounds {
  readonly low: bigint
  readonly high: bigint
}

/** The bounds of all partitions. */
export type View = ReadonlyMap<number, Bounds>

/** What a look at the log says of what a node has not read yet. */
export type Finding =
  /** There was no position yet. */
  | 'new'
  /** It is all there. */
  | 'whole'
  /** Retention was faster than the node on some partitions. */
  | 'overtaken'
  /** The log is another one, or has lost its end. */
  | 'replaced'

/** The next offset of each partition that a node has to read. */
export class Positions {
  readonly #next = new Map<number, bigint>()

  at(partition: number): bigint | undefined {
    return this.#next.get(partition)
  }

  /** As they are now. Bounds that are asked for afterwards can only be at or beyond them. */
  snapshot(): View {
    return new Map([...this.#next].map(([partition, next]) => [partition, { low: next, high: next }]))
  }

  /** Whether a partition has not moved since a `snapshot`, although the log held more when it was looked at `then`. */
  stands(since: View, then: View): boolean {
    return [...this.#next].some(
      ([partition, next]) =>
        since.get(partition)?.high === next && (then.get(partition)?.high ?? next) > next,
    )
  }

  /** Compares with the log. `before`: what `snapshot` answered before the look began. */
  compare(view: View, before: View): Finding {
    if (this.#next.size === 0) return 'new'
    let finding: Finding = 'whole'
    for (const [partition, next] of this.#next) {
      const bounds = view.get(partition)
      const was = before.get(partition)
      if (bounds === undefined || (was !== undefined && bounds.high < was.high)) return 'replaced'
      if (bounds.low > next) finding = 'overtaken'
    }
    return finding
  }

  /** Begins at the end; with a partition that has come since at its beginning, as the node was there before it. */
  add(view: View): void {
    const first = this.#next.size === 0
    for (const [partition, { low, high }] of view) {
      if (!this.#next.has(partition)) this.#next.set(partition, first ? high : low)
    }
  }

  /** The log is another one: nothing is known of it. */
  clear(): void {
    this.#next.clear()
  }

  /** Lets partitions whose next record is gone go on at the end, and answers which, and where. */
  skip(view: View): ReadonlyMap<number, bigint> {
    const skipped = new Map<number, bigint>()
    for (const [partition, { low, high }] of view) {
      if ((this.#next.get(partition) ?? low) >= low) continue
      skipped.set(partition, high)
      this.#next.set(partition, high)
    }
    return skipped
  }

  /** Records `first` to before `next` have been read. Answers whether none before them was passed over. */
  advance(partition: number, first: bigint, next: bigint): boolean {
    const expected = this.#next.get(partition) ?? first
    if (next > expected) this.#next.set(partition, next)
    return first <= expected
  }
}
