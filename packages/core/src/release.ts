import { promiseOf } from './inbox.js'

/** What gives a resource back. */
export type Release = () => void | Promise<void>

/**
 * What is to be given back when a connection is over: last taken first, one after the other, every one even when one
 * throws, and each exactly once.
 */
export class Releases {
  readonly #stack: Release[] = []
  readonly #onThrow: (thrown: unknown) => void

  constructor(onThrow: (thrown: unknown) => void) {
    this.#onThrow = onThrow
  }

  add(release: Release): void {
    this.#stack.push(release)
  }

  /** Runs all. Answers a promise only where one of them did. */
  run(): void | Promise<void> {
    for (let release = this.#stack.pop(); release !== undefined; release = this.#stack.pop()) {
      const pending = this.#start(release)
      if (pending !== undefined) return pending.then(() => this.run())
    }
  }

  /** Starts all that have not started, and waits for none. */
  abandon(): void {
    for (let release = this.#stack.pop(); release !== undefined; release = this.#stack.pop())
      void this.#start(release)
  }

  /** Starts one; the promise never rejects. */
  #start(release: Release): Promise<void> | undefined {
    try {
      return promiseOf(release())?.then(undefined, this.#onThrow)
    } catch (thrown) {
      this.#onThrow(thrown)
      return undefined
    }
  }
}
