import type { Clock } from '../src/ports/clock.js'

interface Scheduled {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until told to go on. Timers fire in the order of their instants, then of their making. */
export class FakeClock implements Clock {
  /** How often a timer was asked for. */
  made = 0
  readonly #scheduled = new Map<number, Scheduled>()
  readonly #epoch: number
  #elapsed = 0

  constructor(epoch = 1_000_000) {
    this.#epoch = epoch
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#scheduled.size
  }

  now(): number {
    return this.#epoch + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, delay: number): unknown {
    if (!(delay >= 0 && delay <= 2 ** 31 - 1)) throw new RangeError(`no platform takes a delay of ${delay}`)
    this.made += 1
    this.#scheduled.set(this.made, { at: this.#elapsed + delay, callback })
    return this.made
  }

  clearTimeout(handle: unknown): void {
    this.#scheduled.delete(handle as number)
  }

  /** Lets time pass; what a timer sets off, promises included, has run before the next one fires. */
  async advance(time: number): Promise<void> {
    const end = this.#elapsed + time
    await turn()
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#fire(next)
      await turn()
    }
    this.#elapsed = end
  }

  /** The same without letting promises go on: for what has none. */
  skip(time: number): void {
    const end = this.#elapsed + time
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) this.#fire(next)
    this.#elapsed = end
  }

  /** Time passes while nothing can run: what was due is late. */
  stall(time: number): void {
    this.#elapsed += time
  }

  #fire(handle: number): void {
    const { at, callback } = this.#scheduled.get(handle) as Scheduled
    this.#elapsed = Math.max(this.#elapsed, at)
    this.#scheduled.delete(handle)
    callback()
  }

  #nextUntil(end: number): number | undefined {
    let next: number | undefined
    let earliest = end
    for (const [handle, { at }] of this.#scheduled) {
      if (next === undefined ? at <= earliest : at < earliest) {
        next = handle
        earliest = at
      }
    }
    return next
  }
}

/** Lets every promise that can go on go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
