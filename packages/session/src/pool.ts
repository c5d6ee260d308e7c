import {
  type Clock,
  CloseCode,
  type Connection,
  type LinkspanError,
  type StoredSession,
} from '@linkspan/core'
import { StoreCalls } from './calls.js'
import type { Carrier } from './carrier.js'
import { Destruction } from './destruction.js'
import { seal, unseal } from './envelope.js'
import { isStoreError, storeError } from './errors.js'
import { makeId } from './id.js'
import { Lifetime } from './lifetime.js'
import { Live, type LiveOwner } from './live.js'
import { Loads } from './loads.js'
import type { ResolvedOptions } from './options.js'
import { Outage } from './outage.js'
import { Tally } from './tally.js'
import { snapshot } from './values.js'
import { WriteBehind } from './write-behind.js'

/** A session as one connection has it. */
export interface Held {
  readonly live: Live
  /** It was made for this connection. */
  readonly made: boolean
}

/**
 * The sessions of this process: each once, for as long as it has a connection or something to write, or somebody is about
 * to find it.
 */
export class Pool implements LiveOwner {
  readonly calls: StoreCalls
  readonly maxSize: number
  readonly initial: () => object
  readonly writes: WriteBehind
  readonly #options: ResolvedOptions
  readonly #clock: Clock
  readonly #carrier: Carrier
  readonly #outage: Outage
  readonly #loads: Loads
  readonly #lives = new Map<string, Live>()
  /** Ids that are being loaded. What the store says may be older than what is written here meanwhile: that stays. */
  readonly #sought = new Tally()
  readonly #dying = new Set<string>()
  readonly #markPrefix = makeId().slice(0, 11)
  #marks = 0
  returned = 0
  conflicts = 0
  failures = 0

  constructor(options: ResolvedOptions) {
    const { clock, delay, maxDirty, timeout } = options
    this.#options = options
    this.#clock = clock
    this.#carrier = options.carrier
    this.maxSize = options.maxSize
    this.initial = options.initial
    this.calls = new StoreCalls(options.store, clock, timeout)
    this.#loads = new Loads(this.calls)
    this.#outage = new Outage(clock)
    this.writes = new WriteBehind({
      clock,
      delay,
      most: maxDirty,
      onFailure: (thrown) => {
        this.failures += 1
        this.lost(storeError('a session could not be written or destroyed: it is tried again.', thrown))
      },
    })
  }

  get size(): number {
    return this.#lives.size
  }

  /** Whether a new connection may ask for its session: not while the store is down, or too much waits for it. */
  admits(): boolean {
    return !this.writes.full && this.#outage.admits()
  }

  /**
   * The session of a new connection: the one it presents, or a new one. `undefined` where the connection ended in
   * between. Rejects where the store failed.
   */
  async open(conn: Connection<unknown>, presented: string | undefined): Promise<Held | undefined> {
    const deadline = this.#clock.monotonic() + this.#options.timeout
    try {
      const live = presented === undefined ? undefined : await this.#find(presented, conn)
      if (live !== undefined || over(conn)) {
        this.#outage.answered()
        return live && { live, made: false }
      }
      const made = await this.#make(conn, Math.max(1, deadline - this.#clock.monotonic()))
      this.#outage.answered()
      return made && { live: made, made: true }
    } catch (thrown) {
      if (isStoreError(thrown)) this.#outage.failed()
      throw thrown
    }
  }

  /** A connection is over: what it changed is written, and what nobody got is destroyed. */
  async release(conn: Connection<unknown>, { live, made }: Held, wasActive: boolean): Promise<void> {
    live.holders.delete(conn)
    const last = live.holders.size === 0
    if (last && made && !wasActive && live.ended === undefined) return this.discard(live)
    if (last) {
      // Its time counts from now.
      live.lifetime.used()
      live.lifetime.stop()
    }
    try {
      if (live.dirty) await this.writes.now(live)
    } finally {
      this.clean(live)
    }
  }

  /** Destroys a session. */
  discard(live: Live): Promise<void> {
    live.end('destroyed')
    return this.destroy(live.id)
  }

  destroy(id: string): Promise<void> {
    const work = new Destruction(this.calls, id, this.#clock.now() + this.#options.ttl, () =>
      this.#dying.delete(id),
    )
    this.#loads.forget(id)
    this.#dying.add(id)
    return this.writes.now(work)
  }

  // what a live session says ────────────────────────────────────────────────────────────────────────────────────────

  nextMark(): string {
    this.#marks += 1
    return `${this.#markPrefix}.${this.#marks.toString(36)}`
  }

  dirty(live: Live): void {
    // Changed after its last connection: who comes next is to see it all the same.
    if (!this.#lives.has(live.id)) this.#lives.set(live.id, live)
    this.writes.later(live)
  }

  clean(live: Live): void {
    if (live.holders.size > 0 || !live.idle || this.#sought.has(live.id)) return
    if (this.#lives.get(live.id) === live) this.#lives.delete(live.id)
  }

  ended(live: Live): void {
    if (this.#lives.get(live.id) === live) this.#lives.delete(live.id)
    if (this.#options.whenEnded === 'keep') return
    const [code, reason] =
      live.ended === 'expired'
        ? [CloseCode.expired, 'the session has expired']
        : [CloseCode.revoked, 'the session has ended']
    for (const conn of live.holders) conn.close(code, reason)
  }

  renamed(live: Live, before: string): void {
    if (this.#lives.get(before) === live) this.#lives.delete(before)
    this.#lives.set(live.id, live)
    for (const conn of live.holders) this.#carrier.write(conn, live.id)
  }

  conflicted(): void {
    this.conflicts += 1
    this.#told('onConflict', () => this.#options.onConflict?.())
  }

  lost(error: LinkspanError): void {
    this.#told('onError', () => this.#options.onError(error))
  }

  // ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #find(id: string, conn: Connection<unknown>): Promise<Live | undefined> {
    if (this.#dying.has(id)) return undefined
    this.#sought.add(id)
    try {
      return this.#found(id, await this.#loads.load(id), conn)
    } finally {
      this.#sought.remove(id)
      const live = this.#lives.get(id)
      if (live !== undefined) this.clean(live)
    }
  }

  #found(id: string, stored: StoredSession | undefined, conn: Connection<unknown>): Live | undefined {
    if (over(conn)) return undefined
    const before = this.#lives.get(id)
    if (stored === undefined) {
      before?.end('gone')
      return undefined
    }
    before?.refresh(stored)
    const live = before ?? this.#revive(id, stored)
    if (live === undefined || live.ended !== undefined) return undefined
    this.#hold(live, conn)
    live.lifetime.used()
    this.returned += 1
    return live
  }

  #revive(id: string, { data, version, ttl }: StoredSession): Live | undefined {
    const envelope = unseal(data)
    if (envelope === undefined) {
      this.lost(storeError('the session store has something that is no session: a new one takes its place.'))
      return undefined
    }
    const values = snapshot({ ...this.initial(), ...envelope.values }, Infinity)
    return new Live(this, id, new Lifetime(this.#options, ttl), values, version, envelope.marks)
  }

  async #make(conn: Connection<unknown>, timeout: number): Promise<Live | undefined> {
    const id = makeId()
    const values = snapshot(this.initial(), this.maxSize)
    const marks = [this.nextMark()]
    const lifetime = new Lifetime(this.#options)
    const ghost = (): void => void this.destroy(id).catch(nothing)
    await this.calls.create(id, seal(values.text, marks), this.#options.ttl, ghost, timeout)
    if (over(conn)) {
      ghost()
      return undefined
    }
    const live = new Live(this, id, lifetime, values, 1, marks)
    this.#hold(live, conn)
    return live
  }

  #hold(live: Live, conn: Connection<unknown>): void {
    this.#lives.set(live.id, live)
    if (live.holders.size === 0) live.lifetime.start(live)
    live.holders.add(conn)
  }

  /** A hook that throws must not stop what is written. */
  #told(name: string, hook: () => void): void {
    try {
      hook()
    } catch (thrown) {
      this.#options.log.threw(name, thrown)
    }
  }
}

function over({ state }: Connection<unknown>): boolean {
  return state === 'closing' || state === 'closed'
}

function nothing(): void {}
