import type { Link } from './link.js'
import { topicKey } from './topics.js'

/** How a connection becomes present in a topic, and ceases to be. */
export interface PresenceEntry {
  enter(): void
  leave(): void
}

/**
 * The topics of one connection, under the names it knows them by. Joins before it is active wait until then. Made when
 * the first topic is joined.
 */
export class Membership {
  readonly #link: Link
  readonly #joined = new Set<string>()
  readonly #waiting = new Set<string>()
  #present: Map<string, PresenceEntry> | undefined

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
      if (this.#link.runtime.topics.join(key, this.#link)) {
        this.#link.runtime.cluster.occupied(this.#link.scope, topic)
      }
    } else {
      this.#waiting.add(topic)
    }
  }

  leave(topic: string): void {
    this.untrack(topic)
    this.#waiting.delete(topic)
    if (!this.#joined.delete(topic)) return
    if (this.#link.runtime.topics.leave(topicKey(this.#link.scope, topic), this.#link)) {
      this.#link.runtime.cluster.vacated(this.#link.scope, topic)
    }
  }

  /** Present in a topic, from when it is active until it leaves. */
  track(topic: string, entry: PresenceEntry): void {
    this.#present ??= new Map()
    this.#present.set(topic, entry)
    if (this.#link.phase === 'active') entry.enter()
  }

  untrack(topic: string): void {
    const entry = this.#present?.get(topic)
    if (entry === undefined) return
    this.#present?.delete(topic)
    if (this.#link.phase !== 'connecting' && this.#link.phase !== 'authenticated') entry.leave()
  }

  /** The connection is active, and its scope is settled. */
  activate(): void {
    for (const topic of this.#waiting) this.join(topic)
    this.#waiting.clear()
    for (const entry of this.#present?.values() ?? []) entry.enter()
  }

  leaveAll(): void {
    for (const topic of [...this.#joined]) this.leave(topic)
    for (const topic of [...(this.#present?.keys() ?? [])]) this.untrack(topic)
  }
}
