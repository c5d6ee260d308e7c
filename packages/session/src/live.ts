import type { Connection, LinkspanError, StoredSession } from '@linkspan/core'
import type { StoreCalls } from './calls.js'
import { type Change, changed } from './change.js'
import { marked, seal, unseal } from './envelope.js'
import { sessionError, storeError } from './errors.js'
import { makeId } from './id.js'
import { Journal } from './journal.js'
import type { Lifetime, LifetimeOwner } from './lifetime.js'
import { type Snapshot, snapshot } from './values.js'
import type { Work } from './write-behind.js'

/** Why a session is over: destroyed here; expired here; or no longer in the store, whatever the reason. */
export type Ended = 'destroyed' | 'expired' | 'gone'

/** What a live session needs of the pool that keeps it. */
export interface LiveOwner {
  readonly calls: StoreCalls
  readonly maxSize: number
  readonly initial: () => object
  /** A mark that no other write has, on any node. */
  nextMark(): string
  /** It has something to write. */
  dirty(live: Live): void
  /** It may have nothing left to write. */
  clean(live: Live): void
  ended(live: Live): void
  renamed(live: Live, before: string): void
  conflicted(): void
  /** Something of it is lost, for good. */
  lost(error: LinkspanError): void
  /** Has an id destroyed in the store. */
  destroy(id: string): Promise<void>
}

/** How often in a row another writer may be faster. */
const ROUNDS = 10

/**
 * One session in this process, whatever the number of its connections: its values, what of them the store does not have
 * yet, and how it gets there.
 */
export class Live implements Work, LifetimeOwner {
  readonly holders: Set<Connection<unknown>> = new Set()
  readonly lifetime: Lifetime
  id: string
  ended: Ended | undefined
  readonly #owner: LiveOwner
  #snapshot: Snapshot
  #version: number
  #marks: readonly string[]
  readonly #journal = new Journal()
  #touching = false
  #busy = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    owner: LiveOwner,
    id: string,
    lifetime: Lifetime,
    values: Snapshot,
    version: number,
    marks: readonly string[],
  ) {
    this.#owner = owner
    this.id = id
    this.lifetime = lifetime
    this.#snapshot = values
    this.#version = version
    this.#marks = marks
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.#snapshot.values
  }

  get dirty(): boolean {
    return this.#journal.size > 0 || this.#touching
  }

  /** Nothing is to be written, and nothing is on its way. */
  get idle(): boolean {
    return !this.dirty && !this.#busy
  }

  get expiresAt(): number {
    return this.lifetime.expiresAt
  }

  change(change: Change): void {
    if (this.ended !== undefined) throw endedError()
    this.#journal.admit()
    this.#snapshot = changed(this.#snapshot, change, this.#owner.maxSize)
    this.#journal.add(change.kind === 'set' ? { ...change, value: this.values[change.key] } : change)
    this.#owner.dirty(this)
  }

  /** Its time is to be extended, with the next write or by itself. */
  touch(): void {
    if (this.ended !== undefined) return
    this.#touching = true
    this.#owner.dirty(this)
  }

  /** Ends it. What was not written is not written any more: nothing is to come back. */
  end(why: Ended): void {
    if (this.ended !== undefined) return
    this.ended = why
    const unwritten = this.#journal.size
    this.#journal.clear()
    this.#touching = false
    this.lifetime.stop()
    if (why !== 'destroyed' && unwritten > 0) {
      this.#owner.lost(
        storeError(`a session ended before ${unwritten} changes of it were written: they are lost.`),
      )
    }
    this.#owner.ended(this)
  }

  expired(): void {
    this.end('expired')
  }

  run(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#journal.size > 0) await this.#save()
      else if (this.#touching) await this.#extend()
    })
  }

  settled(done: boolean): void {
    // The store was down for as long as the session would have lived.
    if (!done) this.end('gone')
    this.#owner.clean(this)
  }

  /** Takes over what a load has found, where it is newer than what is here. */
  refresh(stored: StoredSession): void {
    this.lifetime.seen(stored.ttl)
    // What is being written at the moment finds out by itself.
    if (stored.version > this.#version && this.#journal.size === 0 && !this.#busy) this.#adopt(stored)
  }

  regenerate(): Promise<string> {
    return this.#inTurn(async () => {
      // What another node wrote moves too.
      await this.#reload()
      if (this.ended !== undefined) throw endedError()
      const id = makeId()
      const count = this.#journal.size
      const marks = [this.#owner.nextMark()]
      const data = seal(this.#snapshot.text, marks)
      await this.lifetime.extending((ttl) => this.#owner.calls.create(id, data, ttl, () => this.#forget(id)))
      if (this.ended !== undefined) {
        this.#forget(id)
        throw endedError()
      }
      const before = this.id
      this.id = id
      this.#wrote(count, 1, marks)
      this.#owner.renamed(this, before)
      this.#forget(before)
      return id
    })
  }

  async #save(): Promise<void> {
    for (let round = 0; round < ROUNDS && this.#journal.size > 0; round += 1) {
      const mark = this.#owner.nextMark()
      const version = this.#version
      const marks = marked(this.#marks, mark)
      const data = seal(this.#snapshot.text, marks)
      const count = this.#journal.sent(mark)
      const result = await this.lifetime.extending((ttl) =>
        this.#owner.calls.save(this.id, data, { version, ttl }),
      )
      if (this.ended !== undefined) return
      if (result === 'saved') return this.#wrote(count, version + 1, marks)
      if (result === 'gone') return this.end('gone')
      this.#journal.refused(mark)
      this.#owner.conflicted()
      await this.#reload()
    }
    if (this.#journal.size > 0)
      throw storeError(`other writers of a session were faster ${ROUNDS} times in a row.`)
  }

  async #extend(): Promise<void> {
    this.#touching = false
    try {
      const there = await this.lifetime.extending((ttl) => this.#owner.calls.touch(this.id, ttl))
      if (!there) this.end('gone')
    } catch (thrown) {
      this.#touching = this.ended === undefined
      throw thrown
    }
  }

  async #reload(): Promise<void> {
    const stored = await this.#owner.calls.load(this.id)
    if (stored === undefined) this.end('gone')
    else if (stored.version !== this.#version) this.#adopt(stored)
  }

  #wrote(count: number, version: number, marks: readonly string[]): void {
    this.#journal.wrote(count)
    this.#version = version
    this.#marks = marks
    this.#touching = false
  }

  /** What the store has, and upon it what it has not. */
  #adopt({ data, version }: StoredSession): void {
    const envelope = unseal(data)
    if (envelope === undefined) return this.end('gone')
    this.#journal.settle(envelope.marks)
    this.#version = version
    this.#marks = envelope.marks
    this.#snapshot = snapshot({ ...this.#owner.initial(), ...envelope.values }, Infinity)
    this.#journal.replay((change) => this.#again(change))
  }

  #again(change: Change): boolean {
    try {
      this.#snapshot = changed(this.#snapshot, change, this.#owner.maxSize)
      return true
    } catch (thrown) {
      this.#owner.lost(
        sessionError('a change of a session could not be made upon what another node wrote.', thrown),
      )
      return false
    }
  }

  #forget(id: string): void {
    this.#owner.destroy(id).catch(nothing)
  }

  /** Of writes and moves to another id, one at a time. */
  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(async () => {
      this.#busy = true
      try {
        return await task()
      } finally {
        this.#busy = false
        this.#owner.clean(this)
      }
    })
    this.#turn = mine.catch(nothing)
    return mine
  }
}

function endedError(): LinkspanError {
  return sessionError('the session has ended: it takes no changes any more.')
}

function nothing(): void {}
