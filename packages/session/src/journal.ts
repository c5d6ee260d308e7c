import type { Change } from './change.js'
import { sessionError } from './errors.js'

/** Changes that may wait for the store. */
const MOST = 1_000

/**
 * What a session's store does not have, or is not known to have: a write whose answer never came may have happened. Its
 * mark, found in the store later, says so; else a change would be made twice.
 */
export class Journal {
  #changes: Change[] = []
  /** Marks of writes without an answer, and how many changes were in each. */
  readonly #unsure = new Map<string, number>()

  get size(): number {
    return this.#changes.length
  }

  /** @throws LinkspanError where too much waits already */
  admit(): void {
    if (this.#changes.length < MOST) return
    throw sessionError(`${MOST} changes of a session wait for its store: await flush() before more.`)
  }

  add(change: Change): void {
    this.#changes.push(change)
  }

  /** A write sets out with everything that there is. Answers how much that is. */
  sent(mark: string): number {
    this.#unsure.set(mark, this.size)
    return this.size
  }

  /** The store has so many of them. */
  wrote(count: number): void {
    this.#changes.splice(0, count)
    // Whatever else set out from the same version has lost against this one.
    this.#unsure.clear()
  }

  /** The store wrote nothing. */
  refused(mark: string): void {
    this.#unsure.delete(mark)
  }

  /** Looks for writes of ours among those that the store has. */
  settle(marks: readonly string[]): void {
    for (const [mark, count] of this.#unsure) {
      if (marks.includes(mark)) this.#changes.splice(0, count)
    }
    this.#unsure.clear()
  }

  /** Makes all of them again; one that cannot be made is left out. */
  replay(make: (change: Change) => boolean): void {
    this.#changes = this.#changes.filter(make)
  }

  clear(): void {
    this.#changes = []
    this.#unsure.clear()
  }
}
