import type { SaveOptions, SaveResult, SessionStore, StoredSession } from '@linkspan/session'

type Call = 'load' | 'save' | 'touch' | 'destroy'

/** What a held call waits for. */
interface Held {
  readonly call: Call
  readonly answer: () => void
}

/** A store in front of another one, which fails and waits where it is told to, and writes down what it is asked. */
export class FaultyStore implements SessionStore {
  readonly asked: { readonly call: Call; readonly id: string }[] = []
  /** Calls that wait: what they ask for happens when they are answered. */
  readonly held: Held[] = []
  /** Calls that are refused at once. */
  failing: ReadonlySet<Call> = new Set()
  /** Calls that wait. */
  holding: ReadonlySet<Call> = new Set()
  /** Calls that are carried out, and whose answers wait. */
  delaying: ReadonlySet<Call> = new Set()
  /** Saves that are carried out, and whose answer is lost. */
  unanswered = 0
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    this.#store = store
  }

  load(id: string): Promise<StoredSession | undefined> {
    return this.#call('load', id, () => this.#store.load(id))
  }

  save(id: string, data: string, options: SaveOptions): Promise<SaveResult> {
    return this.#call('save', id, async () => {
      const result = await this.#store.save(id, data, options)
      if (this.unanswered === 0) return result
      this.unanswered -= 1
      throw new Error('the answer got lost')
    })
  }

  touch(id: string, ttl: number): Promise<boolean> {
    return this.#call('touch', id, () => this.#store.touch(id, ttl))
  }

  destroy(id: string): Promise<boolean> {
    return this.#call('destroy', id, () => this.#store.destroy(id))
  }

  count(call: Call): number {
    return this.asked.filter((asked) => asked.call === call).length
  }

  fail(...calls: readonly Call[]): void {
    this.failing = new Set(calls)
  }

  hold(...calls: readonly Call[]): void {
    this.holding = new Set(calls)
  }

  delay(...calls: readonly Call[]): void {
    this.delaying = new Set(calls)
  }

  /** Answers what waits, and holds nothing any more. */
  answer(): void {
    this.hold()
    this.delay()
    for (const { answer } of this.held.splice(0)) answer()
  }

  async #call<Answer>(call: Call, id: string, carryOut: () => Promise<Answer>): Promise<Answer> {
    this.asked.push({ call, id })
    if (this.failing.has(call)) throw new Error('the store is down')
    if (this.holding.has(call)) await this.#wait(call)
    const answer = await carryOut()
    if (this.delaying.has(call)) await this.#wait(call)
    return answer
  }

  #wait(call: Call): Promise<void> {
    return new Promise((resolve) => this.held.push({ call, answer: resolve }))
  }
}
