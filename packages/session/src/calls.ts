import {
  type Clock,
  type SaveOptions,
  type SaveResult,
  type SessionStore,
  type StoredSession,
  within,
} from '@linkspan/core'
import { storeError } from './errors.js'

/** Calls to a store, each with a deadline, and with failures of one kind. */
export class StoreCalls {
  readonly #store: SessionStore
  readonly #clock: Clock
  readonly #timeout: number

  constructor(store: SessionStore, clock: Clock, timeout: number) {
    this.#store = store
    this.#clock = clock
    this.#timeout = timeout
  }

  load(id: string): Promise<StoredSession | undefined> {
    return this.#asked(() => this.#store.load(id))
  }

  save(id: string, data: string, options: SaveOptions): Promise<SaveResult> {
    return this.#asked(() => this.#store.save(id, data, options))
  }

  /**
   * Saves a session that nobody has yet. Where it is not known whether that happened, `ghost` is told, and once more if
   * the store answers late that it did.
   */
  async create(
    id: string,
    data: string,
    ttl: number,
    ghost: () => void,
    timeout: number = this.#timeout,
  ): Promise<void> {
    const answer = called(() => this.#store.save(id, data, { version: 0, ttl }))
    let result: SaveResult
    try {
      result = await this.#within(answer, timeout)
    } catch (thrown) {
      ghost()
      answer.then((late) => late === 'saved' && ghost(), nothing)
      throw thrown
    }
    if (result !== 'saved') throw storeError('the session store has a session under an id that is new.')
  }

  touch(id: string, ttl: number): Promise<boolean> {
    return this.#asked(() => this.#store.touch(id, ttl))
  }

  destroy(id: string): Promise<boolean> {
    return this.#asked(() => this.#store.destroy(id))
  }

  #asked<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    return this.#within(called(call), this.#timeout)
  }

  async #within<Answer>(answer: Promise<Answer>, timeout: number): Promise<Answer> {
    const failed = (thrown: unknown): never => {
      throw storeError('the session store failed.', thrown)
    }
    const late = (): Error => storeError(`the session store did not answer within ${timeout} ms.`)
    return await within(this.#clock, timeout, answer.catch(failed), late)
  }
}

/** A call whose synchronous throw is a rejection. */
async function called<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  return call()
}

function nothing(): void {}
