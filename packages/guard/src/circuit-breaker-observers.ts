import type { Log } from '@linkspan/core'

/** Those who want to know of something, called one by one: one that throws silences no other. */
export class Observers<Change> {
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  add(listener: (change: Change) => void): void {
    this.#listeners.add(listener)
  }

  delete(listener: (change: Change) => void): void {
    this.#listeners.delete(listener)
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (thrown) {
        this.#log.threw('change', thrown)
      }
    }
  }
}
