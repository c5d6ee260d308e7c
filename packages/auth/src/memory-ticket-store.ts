import { type Clock, Rejection, systemClock, whole } from '@linkspan/core'
import type { TicketStore } from './ticket-store.js'

/**
 * What {@link memoryTickets} can be told.
 *
 * @example
 * const store = memoryTickets({ max: 1_000 })
 */
export interface MemoryTicketsOptions {
  /** Tickets outstanding at once; then 503. Default: 10,000. */
  readonly max?: number
  readonly clock?: Clock
}

interface Kept {
  readonly value: string
  readonly until: number
}

/**
 * Keeps tickets in this process: for one node, or where the one that issues a ticket is the one that takes it.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const tickets = ticket({ store: memoryTickets({ max: 1_000 }) })
 */
export function memoryTickets(options: MemoryTicketsOptions = {}): TicketStore {
  return new MemoryTickets(whole('max', options.max ?? 10_000, 1, 10_000_000), options.clock ?? systemClock)
}

class MemoryTickets implements TicketStore {
  readonly #most: number
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  /** No ticket expires before. */
  #nextExpiry = Infinity

  constructor(most: number, clock: Clock) {
    this.#most = most
    this.#clock = clock
  }

  async put(id: string, value: string, ttl: number): Promise<void> {
    const now = this.#clock.monotonic()
    if (this.#kept.size >= this.#most) this.#sweep(now)
    if (this.#kept.size >= this.#most) {
      const wait = Math.max(1, Math.ceil((this.#nextExpiry - now) / 1_000))
      throw new Rejection({ status: 503, retryAfter: wait })
    }
    this.#kept.set(id, { value, until: now + ttl })
    this.#nextExpiry = Math.min(this.#nextExpiry, now + ttl)
  }

  async take(id: string): Promise<string | undefined> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    return kept !== undefined && this.#clock.monotonic() < kept.until ? kept.value : undefined
  }

  /** Without a timer: what has expired takes up room that is bounded anyway. Looks at all of them once an expiry. */
  #sweep(now: number): void {
    if (now < this.#nextExpiry) return
    this.#nextExpiry = Infinity
    for (const [id, { until }] of this.#kept) {
      if (until <= now) this.#kept.delete(id)
      else this.#nextExpiry = Math.min(this.#nextExpiry, until)
    }
  }
}
