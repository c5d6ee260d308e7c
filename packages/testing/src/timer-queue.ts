/** A timer of a virtual clock. */
export interface QueuedTimer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Timers by their instants, and by their order where those are equal: a binary heap. */
export class TimerQueue {
  readonly #heap: QueuedTimer[] = []

  push(timer: QueuedTimer): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(timer)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(timer, heap[parent] as QueuedTimer)) break
      heap[index] = heap[parent] as QueuedTimer
      index = parent
    }
    heap[index] = timer
  }

  /** The next one, left where it is. */
  peek(): QueuedTimer | undefined {
    return this.#heap[0]
  }

  /** Takes the next one out. */
  shift(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as QueuedTimer)) child += 1
      const next = heap[child]
      if (next === undefined || !isBefore(next, last)) break
      heap[index] = next
      index = child
    }
    heap[index] = last
  }
}

function isBefore(one: QueuedTimer, other: QueuedTimer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
