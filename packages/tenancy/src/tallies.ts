/**
 * What there has been of a tenant, or of all that are not listed.
 *
 * @example
 * const { messages, limited }: TenantTotals = tenants.stats().others.totals
 */
export interface TenantTotals {
  /** Connections that were let through to what stands inside. */
  readonly admitted: number
  /** Handshakes and joins that were refused for a quota. */
  readonly refused: number
  readonly messages: number
  readonly bytes: number
  /** Messages that were over a quota, whatever became of them. */
  readonly limited: number
}

/** The same while it is counted. */
export type Tally = { -readonly [Name in keyof TenantTotals]: number }

/** Counters of so many tenants. Those that are here keep theirs; of the others, the one that left first is forgotten. */
export class Tallies {
  readonly others: Tally = empty()
  readonly #most: number
  readonly #here = new Map<string, Tally>()
  /** In the order in which they left. */
  readonly #gone = new Map<string, Tally>()

  constructor(most: number) {
    this.#most = most
  }

  /** The counters of a tenant that has just come; those of all others where there is no room. */
  of(id: string): Tally {
    const found = this.#here.get(id)
    if (found !== undefined) return found
    const tally = this.#gone.get(id) ?? this.#place()
    if (tally === undefined) return this.others
    this.#gone.delete(id)
    this.#here.set(id, tally)
    return tally
  }

  /** Its last connection is over. */
  left(id: string): void {
    const tally = this.#here.get(id)
    if (tally === undefined) return
    this.#here.delete(id)
    this.#gone.set(id, tally)
  }

  find(id: string): TenantTotals | undefined {
    return this.#here.get(id) ?? this.#gone.get(id)
  }

  *[Symbol.iterator](): Iterator<readonly [string, TenantTotals]> {
    yield* this.#here
    yield* this.#gone
  }

  #place(): Tally | undefined {
    if (this.#here.size + this.#gone.size < this.#most) return empty()
    for (const [id, tally] of this.#gone) {
      this.#gone.delete(id)
      for (const name of Object.keys(tally) as (keyof Tally)[]) this.others[name] += tally[name]
      return empty()
    }
    return undefined
  }
}

export function empty(): Tally {
  return { admitted: 0, refused: 0, messages: 0, bytes: 0, limited: 0 }
}
