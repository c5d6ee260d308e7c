import { type Authenticated, type Clock, CloseCode, type Connection } from '@linkspan/core'
import { RevocationList } from './revocation-list.js'
import { type Credentials, type Revocation, signatureOf } from './revocation-notice.js'
import type { Tracked } from './revocation-tracked.js'

/** What one revocation did to the connections of this node: how many it closed, and when the last of them was gone. */
export interface Swept {
  readonly closed: number
  readonly monotonic: number
}

interface Waiting {
  readonly revocation: Revocation
  readonly resolve: (swept: Swept) => void
}

/**
 * Closes the connections that revocations are about. Those of one turn share one walk: a burst of them costs no more than
 * a single one.
 */
export class Sweeper {
  readonly #tracked: Tracked
  readonly #credentialsOf: (conn: Connection<Authenticated>) => Credentials
  readonly #clock: Clock
  #waiting: Waiting[] = []

  constructor(
    tracked: Tracked,
    credentialsOf: (conn: Connection<Authenticated>) => Credentials,
    clock: Clock,
  ) {
    this.#tracked = tracked
    this.#credentialsOf = credentialsOf
    this.#clock = clock
  }

  /** Resolves when the last one has closed; the core sees to it that this has an end. */
  sweep(revocation: Revocation): Promise<Swept> {
    return new Promise((resolve) => {
      this.#waiting.push({ revocation, resolve })
      if (this.#waiting.length === 1) void Promise.resolve().then(() => this.#walk())
    })
  }

  #walk(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const list = new RevocationList(Number.POSITIVE_INFINITY, this.#clock)
    for (const { revocation } of waiting) list.add(revocation)
    const closing = new Map<string, Promise<unknown>[]>()
    for (const conn of this.#concerned(waiting)) {
      const revocation = conn.state === 'closing' ? undefined : list.find(this.#credentialsOf(conn))
      if (revocation === undefined) continue
      const signature = signatureOf(revocation)
      const others = closing.get(signature) ?? []
      closing.set(signature, others)
      conn.close(CloseCode.revoked, 'revoked')
      others.push(conn.closed)
    }
    for (const { revocation, resolve } of waiting) {
      void this.#ended(closing.get(signatureOf(revocation)) ?? []).then(resolve)
    }
  }

  #concerned(waiting: readonly Waiting[]): readonly Connection<Authenticated>[] {
    const subjects = new Set<string>()
    for (const { subject } of waiting.map(({ revocation }) => revocation)) {
      if (subject === undefined) return this.#tracked.all()
      subjects.add(subject)
    }
    return [...subjects].flatMap((subject) => this.#tracked.of(subject))
  }

  async #ended(closing: readonly Promise<unknown>[]): Promise<Swept> {
    await Promise.all(closing)
    return { closed: closing.length, monotonic: this.#clock.monotonic() }
  }
}
