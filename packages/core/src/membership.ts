import type { Link } from './link.js'
import { topicKey } from './topics.js'

/**
 * The topics of one connection, under the names it knows them by. Joins before it is active wait until then. Made when
 * the first topic is joined.
 */
export class Membership {
  readonly #link: Link
  readonly #joined = new Set<string>()
  readonly #waiting = new Set<string>()

  constructor(link: Link) {
    this.#link = link
  }

  get joined(): ReadonlySet<string> {
    return this.#joined
  }

  /** Also what is joined when it becomes active. */
  get all(): readonly string[] {
    return [...this.#joined, ...this.#waiting]
  }

  join(topic: string): void {
    const key = topicKey(this.#link.scope, topic)
    if (this.#link.phase === 'active') {
      this.#joined.add(topic)
      this.#link.runtime.topics.join(key, this.#link)
    } else {
      this.#waiting.add(topic)
    }
  }

  leave(topic: string): void {
    this.#waiting.delete(topic)
    if (!this.#joined.delete(topic)) return
    this.#link.runtime.topics.leave(topicKey(this.#link.scope, topic), this.#link)
  }

  /** The connection is active, and its scope is settled. */
  activate(): void {
    for (const topic of this.#waiting) this.join(topic)
    this.#waiting.clear()
  }

  leaveAll(): void {
    for (const topic of [...this.#joined]) this.leave(topic)
  }
}
