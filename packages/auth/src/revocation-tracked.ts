import type { Authenticated, Connection } from '@linkspan/core'

/** The connections that may be revoked. By subject, too, from the first time that is asked for. */
export class Tracked {
  readonly #all = new Set<Connection<Authenticated>>()
  #bySubject: Map<string, Set<Connection<Authenticated>>> | undefined

  get size(): number {
    return this.#all.size
  }

  add(conn: Connection<Authenticated>): void {
    this.#all.add(conn)
    if (this.#bySubject !== undefined) put(this.#bySubject, conn)
  }

  delete(conn: Connection<Authenticated>): void {
    this.#all.delete(conn)
    const { subject } = conn.identity
    const same = this.#bySubject?.get(subject)
    if (same?.delete(conn) && same.size === 0) this.#bySubject?.delete(subject)
  }

  /** A snapshot: safe to close what is in it. */
  all(): readonly Connection<Authenticated>[] {
    return [...this.#all]
  }

  of(subject: string): readonly Connection<Authenticated>[] {
    if (this.#bySubject === undefined) {
      this.#bySubject = new Map()
      for (const conn of this.#all) put(this.#bySubject, conn)
    }
    return [...(this.#bySubject.get(subject) ?? [])]
  }
}

function put(index: Map<string, Set<Connection<Authenticated>>>, conn: Connection<Authenticated>): void {
  const { subject } = conn.identity
  const same = index.get(subject)
  if (same === undefined) index.set(subject, new Set([conn]))
  else same.add(conn)
}
