/** What passes at once, or, while it is shut, waits in order. */
export class Gate {
  #waiting: (() => void)[] | undefined

  shut(): void {
    this.#waiting ??= []
  }

  open(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const action of waiting) action()
  }

  pass(action: () => void): void {
    if (this.#waiting === undefined) action()
    else this.#waiting.push(action)
  }
}
