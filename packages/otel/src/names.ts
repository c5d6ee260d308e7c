/** What stands for all names that are not told apart. */
const OTHER = 'other'

/**
 * Bounds how many names there are: the first so many stay as they are, all others become `other`. For good, so that what
 * was counted up under a name is counted down under it, and no series takes the place of another.
 */
export class Names {
  readonly #most: number
  readonly #known = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  of(name: string): string {
    if (this.#known.has(name)) return name
    if (this.#known.size >= this.#most) return OTHER
    this.#known.add(name)
    return name
  }
}
