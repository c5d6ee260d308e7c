/** A promise and the way to resolve it. */
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
