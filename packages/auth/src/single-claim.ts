import type { Clock } from '@linkspan/core'

/**
 * A connection's claim to a key, as it travels between nodes: `id` is the connection's, `at` says which claim came later.
 *
 * @example
 * const bus = app.bus<Claim>('claims')
 */
export interface Claim {
  readonly key: string
  readonly id: string
  /** Milliseconds since the epoch, pushed past every claim that its node had seen. */
  readonly at: number
}

/** Whether what came from a bus is a claim. */
export function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null) return false
  const { key, id, at } = value as Partial<Claim>
  return typeof key === 'string' && typeof id === 'string' && Number.isFinite(at)
}

/** Whether a claim came later than another one; the same everywhere, also where clocks agree to the millisecond. */
export function isLater(one: Claim, other: Claim): boolean {
  return one.at === other.at ? one.id > other.id : one.at > other.at
}

/**
 * A clock for claims: what is claimed after another claim was seen is later, even where its node's clock is behind
 * (a Lamport clock that follows the wall clock).
 */
export class ClaimClock {
  readonly #clock: Clock
  #latest = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): number {
    this.#latest = Math.max(this.#clock.now(), this.#latest + 1)
    return this.#latest
  }

  saw(at: number): void {
    this.#latest = Math.max(this.#latest, at)
  }
}
