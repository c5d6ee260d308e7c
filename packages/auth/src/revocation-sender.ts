import type { Bus, Clock } from '@linkspan/core'
import { outcomeWithin } from './renewal-deadline.js'

/** Milliseconds until what could not be published is tried again, while the bus says that it is up. */
const RETRY = 1_000

/** What a sender needs to be told. */
export interface SenderOptions<Item extends object> {
  readonly bus: Bus<Item>
  readonly clock: Clock
  /** Milliseconds that one publish may take. */
  readonly timeout: number
  /** Items that may wait for the bus; then the one that waits longest is given up. */
  readonly capacity: number
  /** An item was not taken; `lost`: and will not be tried again. */
  failed(item: Item, error: unknown, lost: boolean): void
}

/** Publishes, and keeps what the bus did not take until it does. */
export class Sender<Item extends object> {
  readonly #options: SenderOptions<Item>
  readonly #waiting = new Set<Item>()
  /** Not worth keeping, also where a publish of it still fails. */
  readonly #forgotten = new WeakSet<Item>()
  readonly #unobserve: () => void
  #retry: unknown
  readonly #closing = new AbortController()

  constructor(options: SenderOptions<Item>) {
    this.#options = options
    this.#unobserve = options.bus.onStatus((status) => {
      if (status === 'up') this.#flush()
    })
  }

  /** Items that the bus has not taken. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Answers whether the bus has taken it; at once where it is down. */
  async send(item: Item): Promise<boolean> {
    const { bus, clock, timeout, failed } = this.#options
    if (bus.status() === 'down') {
      // A bus may hold what it is given while it is down, and then nobody could take it back.
      if (!this.#closing.signal.aborted) this.#keep(item)
      return false
    }
    const outcome = await outcomeWithin(() => bus.publish(item), timeout, clock, this.#closing.signal)
    if (outcome.kind === 'done') {
      this.#waiting.delete(item)
      return true
    }
    if (outcome.kind === 'aborted' || this.#forgotten.has(item)) return false
    this.#keep(item)
    failed(item, outcome.kind === 'failed' ? outcome.error : new Error('the bus did not answer'), false)
    if (bus.status() === 'up') this.#retryLater()
    return false
  }

  /** It is not worth publishing any more. */
  forget(item: Item): void {
    this.#forgotten.add(item)
    this.#waiting.delete(item)
  }

  close(): void {
    this.#closing.abort()
    this.#waiting.clear()
    this.#unobserve()
    this.#stopRetry()
  }

  #keep(item: Item): void {
    this.#waiting.add(item)
    const [oldest] = this.#waiting
    if (oldest === undefined || this.#waiting.size <= this.#options.capacity) return
    this.#waiting.delete(oldest)
    this.#options.failed(oldest, new Error('too many wait for the bus'), true)
  }

  #retryLater(): void {
    this.#retry ??= this.#options.clock.setTimeout(() => {
      this.#retry = undefined
      if (this.#options.bus.status() === 'up') this.#flush()
    }, RETRY)
  }

  #flush(): void {
    this.#stopRetry()
    for (const item of [...this.#waiting]) void this.send(item)
  }

  #stopRetry(): void {
    if (this.#retry !== undefined) this.#options.clock.clearTimeout(this.#retry)
    this.#retry = undefined
  }
}
