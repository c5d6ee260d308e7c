import {
  type Clock,
  oneOf,
  type SaveResult,
  type SessionStore,
  type StoredSession,
  systemClock,
  whole,
} from '@linkspan/core'
import { storeError } from './errors.js'

/**
 * What a store in memory can be told.
 *
 * @example
 * memoryStore({ max: 50_000, full: 'evict' })
 */
export interface MemoryStoreOptions {
  /** Sessions at once, 1 or more. Default: 10,000. */
  readonly max?: number
  /**
   * What happens to a new session when there are `max` that have not expired. `'refuse'`: its save rejects, and its
   * client gets 503; those who have a session keep it. `'evict'`: the one that was used longest ago goes. Default:
   * `'refuse'`.
   */
  readonly full?: 'refuse' | 'evict'
  /** Default: the platform's. */
  readonly clock?: Clock
}

interface Kept {
  data: string
  version: number
  expiresAt: number
}

/**
 * Keeps sessions in this process: for one node, for development and for tests. Bounded; what has expired goes when it is
 * asked for, or when room is needed, so that no timer runs.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * linkspan().use(session({ store: memoryStore() }))
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore {
  return new MemoryStore(options)
}

class MemoryStore implements SessionStore {
  readonly #max: number
  readonly #full: 'refuse' | 'evict'
  readonly #clock: Clock
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Kept>()
  /** No session expires before. */
  #firstExpiry = Infinity

  constructor({ max = 10_000, full = 'refuse', clock = systemClock }: MemoryStoreOptions) {
    this.#max = whole('max', max, 1, Number.MAX_SAFE_INTEGER)
    this.#full = oneOf('full', full, ['refuse', 'evict'])
    this.#clock = clock
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const kept = this.#find(id)
    if (kept === undefined) return undefined
    return { data: kept.data, version: kept.version, ttl: kept.expiresAt - this.#clock.monotonic() }
  }

  async save(
    id: string,
    data: string,
    { version, ttl }: { version: number; ttl: number },
  ): Promise<SaveResult> {
    const kept = this.#find(id)
    if (kept === undefined) {
      if (version !== 0) return 'gone'
      this.#makeRoom()
    } else if (kept.version !== version) return 'conflict'
    this.#kept.set(id, { data, version: version + 1, expiresAt: this.#expiry(ttl) })
    return 'saved'
  }

  async touch(id: string, ttl: number): Promise<boolean> {
    const kept = this.#find(id)
    if (kept !== undefined) kept.expiresAt = this.#expiry(ttl)
    return kept !== undefined
  }

  async destroy(id: string): Promise<boolean> {
    const found = this.#find(id) !== undefined
    this.#kept.delete(id)
    return found
  }

  /** The session, which is then the one used last. */
  #find(id: string): Kept | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    this.#kept.delete(id)
    if (kept.expiresAt <= this.#clock.monotonic()) return undefined
    this.#kept.set(id, kept)
    return kept
  }

  #expiry(ttl: number): number {
    const expiresAt = this.#clock.monotonic() + ttl
    this.#firstExpiry = Math.min(this.#firstExpiry, expiresAt)
    return expiresAt
  }

  #makeRoom(): void {
    if (this.#kept.size < this.#max) return
    this.#sweep()
    if (this.#kept.size < this.#max) return
    if (this.#full === 'refuse')
      throw storeError(`the store in memory is full: it takes ${this.#max} sessions.`)
    for (const id of this.#kept.keys()) {
      this.#kept.delete(id)
      return
    }
  }

  #sweep(): void {
    const now = this.#clock.monotonic()
    if (now < this.#firstExpiry) return
    this.#firstExpiry = Infinity
    for (const [id, { expiresAt }] of this.#kept) {
      if (expiresAt <= now) this.#kept.delete(id)
      else this.#firstExpiry = Math.min(this.#firstExpiry, expiresAt)
    }
  }
}
