const ignore = (): void => {}

/** A rejected promise that ends no process where nobody awaits it. */
export function rejected(reason: Error): Promise<never> {
  const promise = Promise.reject(reason)
  forgive(promise)
  return promise
}

/** Lets a promise be let go of: should it reject, that ends no process. */
export function forgive(promise: Promise<unknown>): void {
  promise.catch(ignore)
}

/**
 * A promise and the way to resolve it. It never rejects.
 *
 * @example
 * const done = new Deferred<string>()
 * done.resolve(await done.promise)
 */
export class Deferred<Value> {
  readonly promise: Promise<Value>
  #resolve!: (value: Value) => void

  /** With a value it is resolved from the start. */
  constructor(value?: Value) {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
    if (value !== undefined) this.#resolve(value)
  }

  resolve(value: Value): void {
    this.#resolve(value)
  }
}
