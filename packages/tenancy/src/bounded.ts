/** A map of at most so many entries: for a new one the one goes that was used longest ago. */
export class Bounded<Value> {
  readonly #most: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Value>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** `spare`: whom to keep as long as there is another one. */
  set(key: string, value: Value, spare: (value: Value) => boolean = () => false): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#most) this.#entries.delete(this.#leaving(spare))
    this.#entries.set(key, value)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  #leaving(spare: (value: Value) => boolean): string {
    let oldest: string | undefined
    for (const [key, value] of this.#entries) {
      oldest ??= key
      if (!spare(value)) return key
    }
    return oldest as string
  }
}
