import { type Clock, MAX_DELAY, systemClock, whole, within } from '@linkspan/core'
import { type RedisClient, type Send, senderOf } from './client.js'
import { isScriptMissing, redisError, told } from './errors.js'
import type { Script } from './script.js'

/**
 * What everything that asks Redis can be told.
 *
 * @example
 * redisStore(redis, { timeout: 500 })
 */
export interface CommandOptions {
  /** How long one call may take, in milliseconds, 1 to 2,147,483,647. Default: 1,000. */
  readonly timeout?: number
  /** Commands that the client may have, given up or not, before more are refused at once; 1 or more. Default: 10,000. */
  readonly maxPending?: number
  /** Default: the platform's. */
  readonly clock?: Clock
}

/** Commands to Redis: each with a deadline, a bounded number of them, and errors that tell no data. */
export class Commands {
  readonly #send: Send
  readonly #timeout: number
  readonly #maxPending: number
  readonly #clock: Clock
  /** A client that has lost its connection keeps what it is given, also what we have given up. */
  #pending = 0

  constructor(
    client: RedisClient,
    { timeout = 1_000, maxPending = 10_000, clock = systemClock }: CommandOptions,
  ) {
    this.#send = senderOf(client)
    this.#timeout = whole('timeout', timeout, 1, MAX_DELAY)
    this.#maxPending = whole('maxPending', maxPending, 1, Number.MAX_SAFE_INTEGER)
    this.#clock = clock
  }

  /** Runs a command about one key. Rejects with a LinkspanError. */
  run(key: string, command: readonly [name: string, ...args: string[]]): Promise<unknown> {
    return this.#within(this.#ask(key, command))
  }

  /** Runs a script about one key: by its name, and in full where Redis has forgotten it. Rejects with a LinkspanError. */
  runScript(script: Script, key: string, args: readonly string[]): Promise<unknown> {
    const asked = this.#ask(key, ['EVALSHA', script.digest, '1', key, ...args]).catch((thrown: unknown) => {
      if (isScriptMissing(thrown)) return this.#ask(key, ['EVAL', script.source, '1', key, ...args])
      throw thrown
    })
    return this.#within(asked)
  }

  async #ask(key: string, command: readonly [name: string, ...args: string[]]): Promise<unknown> {
    // Two ids that differ here would be one in UTF-8.
    if (!key.isWellFormed()) throw redisError('Redis takes ids of well-formed Unicode only.')
    if (this.#pending >= this.#maxPending)
      throw redisError(`${this.#maxPending} commands wait for Redis already.`)
    this.#pending += 1
    try {
      return await this.#send(key, command)
    } finally {
      this.#pending -= 1
    }
  }

  #within(answer: Promise<unknown>): Promise<unknown> {
    const failed = (thrown: unknown): never => {
      throw told(thrown)
    }
    const late = (): Error => redisError(`Redis did not answer within ${this.#timeout} ms.`)
    return within(this.#clock, this.#timeout, answer.catch(failed), late)
  }
}
