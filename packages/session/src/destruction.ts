import type { StoreCalls } from './calls.js'
import type { Work } from './write-behind.js'

/** A session that is to be destroyed, however often that has to be tried. */
export class Destruction implements Work {
  dirty = true
  readonly expiresAt: number
  readonly settled: () => void
  readonly #calls: StoreCalls
  readonly #id: string

  constructor(calls: StoreCalls, id: string, expiresAt: number, settled: () => void) {
    this.#calls = calls
    this.#id = id
    this.expiresAt = expiresAt
    this.settled = settled
  }

  async run(): Promise<void> {
    await this.#calls.destroy(this.#id)
    this.dirty = false
  }
}
