/** How many there are of each; none of those that are none. */
export class Tally {
  readonly #counts = new Map<string, number>()

  has(id: string): boolean {
    return this.#counts.has(id)
  }

  add(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
  }

  remove(id: string): void {
    const count = this.#counts.get(id) ?? 0
    if (count > 1) this.#counts.set(id, count - 1)
    else this.#counts.delete(id)
  }
}
