import { promiseOf } from './inbox.js'

/** What gives a resource back, what it is called, and since when it is held, in milliseconds since the Unix epoch. */
export interface Release {
  readonly release: () => void | Promise<void>
  readonly name: string
  readonly since: number
}

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

  add(release: Release['release'], name = '', since = 0): void {
    this.#stack.push({ release, name, since })
  }

  /** What is held, the oldest first. */
  get held(): readonly Release[] {
    return this.#stack
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
  #start({ release }: Release): Promise<void> | undefined {
    try {
      return promiseOf(release())?.then(undefined, this.#onThrow)
    } catch (thrown) {
      this.#onThrow(thrown)
      return undefined
    }
  }
}
