import type { Clock } from '@linkspan/core'
import { type QueuedTimer, TimerQueue } from './timer-queue.js'

/** The instant at which a virtual clock starts: 2026-01-01, in milliseconds since the Unix epoch. */
const EPOCH = Date.UTC(2026, 0, 1)

/**
 * A clock that stands still until it is told to go on. Timers fire in the order of their instants, and of their making
 * where those are equal.
 *
 * @example
 * const clock = new VirtualClock()
 * const app = linkspan({ clock })
 * await clock.advance(30_000)
 */
export class VirtualClock implements Clock {
  readonly #queue = new TimerQueue()
  /** Those in the queue that nobody has cleared, by their order. */
  readonly #waiting = new Set<number>()
  #elapsed = 0
  #order = 0

  /** Timers that have not fired. */
  get pending(): number {
    return this.#waiting.size
  }

  now(): number {
    return EPOCH + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, delay: number): unknown {
    this.#order += 1
    this.#waiting.add(this.#order)
    this.#queue.push({ at: this.#elapsed + Math.max(0, delay), order: this.#order, callback })
    return this.#order
  }

  clearTimeout(handle: unknown): void {
    this.#waiting.delete(handle as number)
  }

  /** Lets `time` milliseconds pass. What timers set off, and promises they resolve, has run before the next one fires. */
  async advance(time: number): Promise<void> {
    const end = this.#elapsed + time
    await turn()
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#elapsed = next.at
      this.#queue.shift()
      this.#waiting.delete(next.order)
      next.callback()
      await turn()
    }
    this.#elapsed = end
  }

  #nextUntil(end: number): QueuedTimer | undefined {
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      if (this.#waiting.has(next.order)) return next.at <= end ? next : undefined
      this.#queue.shift()
    }
    return undefined
  }
}

/** Lets every promise that can go on go on. */
async function turn(): Promise<void> {
  for (let i = 0; i < 16; i += 1) await Promise.resolve()
}
