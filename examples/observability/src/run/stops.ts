/** What has to be ended, the last begun first. */
export class Stops {
  readonly #all: { readonly what: string; readonly stop: () => Promise<void> }[] = []
  #stopping: Promise<readonly string[]> | undefined

  add(what: string, stop: () => Promise<void>): void {
    this.#all.push({ what, stop })
  }

  /** Ends everything, once, also what comes after one that failed. Answers what failed. */
  run(): Promise<readonly string[]> {
    this.#stopping ??= this.#run()
    return this.#stopping
  }

  async #run(): Promise<readonly string[]> {
    const failed: string[] = []
    for (let last = this.#all.pop(); last !== undefined; last = this.#all.pop()) {
      const { what, stop } = last
      await stop().catch((thrown: unknown) => failed.push(`${what}: ${String(thrown)}`))
    }
    return failed
  }
}
