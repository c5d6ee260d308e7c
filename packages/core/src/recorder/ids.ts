/** The ids that connections of one application have had. They are numbered, behind what is the node's own. */
export class Ids {
  #last: string | undefined

  /** A connection has come. */
  came(id: string): void {
    this.#last = id
  }

  /** What the ids of this node begin with; `undefined` before the first. */
  get prefix(): string | undefined {
    return this.#last === undefined ? undefined : apart(this.#last)[0]
  }

  /** Whether there was such a connection. */
  had(id: string): boolean {
    const [prefix, number] = apart(id)
    return this.#last !== undefined && prefix === this.prefix && number <= apart(this.#last)[1]
  }
}

function apart(id: string): readonly [prefix: string, number: number] {
  const end = id.lastIndexOf('-') + 1
  const number = Number.parseInt(id.slice(end), 36)
  // What is written in any other way was never given.
  return [id.slice(0, end), number > 0 && number.toString(36) === id.slice(end) ? number : Number.NaN]
}
