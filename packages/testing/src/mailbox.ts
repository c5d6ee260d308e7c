/** How long `next` waits, in milliseconds of real time: a test that hangs should say for what. */
const PATIENCE = 5_000

interface Waiter<Item> {
  resolve(item: Item): void
  reject(error: Error): void
}

/** What has arrived and waits to be taken, in order; or who waits for it. */
export class Mailbox<Item> {
  readonly #items: Item[] = []
  #waiters: Waiter<Item>[] = []
  #end: Error | undefined

  get size(): number {
    return this.#items.length
  }

  put(item: Item): void {
    if (this.#end !== undefined) return
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#items.push(item)
    else waiter.resolve(item)
  }

  /** Nothing more comes. What is here can still be taken. */
  end(error: Error): void {
    this.#end ??= error
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.reject(this.#end)
  }

  /** The next item; rejects where none will come, or none came within 5 s. */
  next(): Promise<Item> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift() as Item)
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(new Error(`no message came within ${PATIENCE} ms`))
      }, PATIENCE)
      const waiter: Waiter<Item> = {
        resolve: (item) => {
          clearTimeout(timer)
          resolve(item)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      this.#waiters.push(waiter)
    })
  }
}
