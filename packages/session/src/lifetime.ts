import { type Clock, MAX_DELAY } from '@linkspan/core'

/** What a lifetime asks for. */
export interface LifetimeOwner {
  /** It wants to be extended. */
  touch(): void
  expired(): void
}

/** How long sessions live: `ttl` in milliseconds, from the last extension or, not rolling, from the beginning. */
export interface LifetimeOptions {
  readonly clock: Clock
  readonly ttl: number
  readonly rolling: boolean
}

/** Of a session's time, what has to be gone before a connection that comes or goes extends it: no write for each. */
const WORTH_EXTENDING = 0.1

/**
 * When one session ends. A rolling one is extended by its writes, by connections that come or go, and as long as there are
 * any whenever half of its time is over; so by no message.
 */
export class Lifetime {
  readonly #options: LifetimeOptions
  #owner: LifetimeOwner | undefined
  #timer: unknown
  /** By the monotonic clock. */
  #end: number

  constructor(options: LifetimeOptions, left: number = options.ttl) {
    this.#options = options
    this.#end = options.clock.monotonic() + left
  }

  /** In milliseconds since the Unix epoch. */
  get expiresAt(): number {
    return this.#options.clock.now() + this.#left
  }

  /** Watches it while somebody is connected. */
  start(owner: LifetimeOwner): void {
    this.#owner = owner
    this.#arm()
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#owner = undefined
  }

  /** Somebody comes or goes. */
  used(): void {
    const { rolling, ttl } = this.#options
    if (rolling && this.#left < ttl * (1 - WORTH_EXTENDING)) this.#owner?.touch()
  }

  /** The store said so: another node may have extended it. */
  seen(left: number): void {
    this.#end = Math.max(this.#end, this.#options.clock.monotonic() + left)
    this.#arm()
  }

  /** Makes a write with the time that the session gets by it; once that is through, it has it. */
  async extending<Result>(write: (ttl: number) => Promise<Result>): Promise<Result> {
    const { clock, rolling, ttl } = this.#options
    const from = clock.monotonic()
    const span = rolling ? ttl : Math.max(1, Math.ceil(this.#left))
    const result = await write(span)
    if (rolling) this.seen(span - (clock.monotonic() - from))
    return result
  }

  get #left(): number {
    return this.#end - this.#options.clock.monotonic()
  }

  #arm(): void {
    const { clock, rolling, ttl } = this.#options
    clock.clearTimeout(this.#timer)
    if (this.#owner === undefined) return
    const left = this.#left
    const half = left - ttl / 2
    // Past the middle, all that is left to wait for is the end: an extension was asked for already.
    const wait = rolling && half > 0 ? half : left
    this.#timer = clock.setTimeout(() => this.#due(), Math.min(Math.max(0, Math.ceil(wait)), MAX_DELAY))
  }

  #due(): void {
    const owner = this.#owner
    if (this.#left <= 0) return owner?.expired()
    this.#arm()
    if (this.#options.rolling && this.#left <= this.#options.ttl / 2) owner?.touch()
  }
}
