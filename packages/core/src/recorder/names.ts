import { NAME_BITS } from './layout.js'

/** Characters that are kept of a name. */
const LENGTH = 64
const OTHER = '…'

/**
 * Names of middlewares, codes of errors and the like as small numbers, the same for all connections. There are few: those
 * past the 1,024th are one.
 */
export class Names {
  readonly #names: string[] = ['', OTHER]
  readonly #ids = new Map<string, number>(this.#names.map((name, id) => [name, id]))

  idOf(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= 2 ** NAME_BITS || name.length > LENGTH)
      return name.length > LENGTH ? this.idOf(name.slice(0, LENGTH)) : 1
    this.#ids.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  nameOf(id: number): string {
    return this.#names[id] ?? OTHER
  }
}
