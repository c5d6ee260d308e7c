import { spread } from './backoff.js'
import { CloseCode, checkCloseCode, cutReason } from './close.js'
import { Deferred } from './deferred.js'
import type { Link } from './link.js'
import { MAX_DELAY, whole } from './option-checks.js'
import type { Runtime } from './runtime.js'

/**
 * How to end all connections.
 *
 * @example
 * await app.drain({ grace: 10_000, reason: 'a new version' })
 */
export interface DrainOptions {
  /** Milliseconds until what is left is cut. Default: 30,000. */
  readonly grace?: number
  /** The close code. Default: 1012. */
  readonly code?: number
  /** Default: `'restarting'`. */
  readonly reason?: string
  /** Seconds that refused upgrades are told to wait. Default: what is left of the grace period. */
  readonly retryAfter?: number
}

/**
 * What a drain did: connections that closed by themselves or when asked, those that were cut, and how long it took.
 *
 * @example
 * const { closed, forced, duration } = await app.drain()
 */
export interface DrainReport {
  readonly closed: number
  readonly forced: number
  /** Milliseconds. */
  readonly duration: number
}

/** The part of the grace period over which closes are spread; the rest is for closing handshakes and releases. */
const SPREAD = 0.5
/**
 * Milliseconds between closes when there are few of them: nobody waits half a grace period for ten connections, and no
 * second has more than 500, however uneven they are.
 */
const PACE = 2.25
/** Milliseconds between batches. */
const BATCH = 50

/**
 * Ends all connections of an application in batches, each connection at a moment of its own, so that those who come
 * back elsewhere do not come all at once. New upgrades are refused meanwhile, and for good.
 */
export class Drain {
  readonly report: Promise<DrainReport>
  readonly #runtime: Runtime
  readonly #done = new Deferred<DrainReport>()
  readonly #startedAt: number
  readonly #grace: number
  readonly #close: { readonly code: number; readonly reason: string }
  readonly #retryAfter: number | undefined
  readonly #waiting: { readonly link: Link; readonly at: number }[]
  readonly #left: Set<Link>
  readonly #count: number
  #forced = 0
  #timer: unknown

  constructor(runtime: Runtime, options: DrainOptions) {
    const { grace = 30_000, code = CloseCode.restarting, reason = 'restarting', retryAfter } = options
    checkCloseCode(code)
    whole('grace', grace, 0, MAX_DELAY)
    if (retryAfter !== undefined) whole('retryAfter', retryAfter, 0, MAX_DELAY)
    this.report = this.#done.promise
    this.#runtime = runtime
    this.#grace = grace
    this.#retryAfter = retryAfter
    this.#startedAt = runtime.options.clock.monotonic()
    const links = [...runtime.registry.links()]
    this.#left = new Set(links)
    this.#count = links.length
    const window = Math.min(grace * SPREAD, links.length * PACE)
    this.#waiting = links
      .map((link, index) => ({ link, at: spread(index) * window }))
      .sort((one, other) => other.at - one.at)
    this.#close = { code, reason: cutReason(reason) }
  }

  /** Connections that it waits for. */
  get left(): number {
    return this.#left.size
  }

  /** Called once, when the runtime knows that it drains. */
  start(): void {
    const { code, reason } = this.#close
    this.#runtime.journal.drainBegan({ connections: this.#count, grace: this.#grace, code, reason })
    this.#batch()
  }

  /** Whole seconds that a refused upgrade is told to wait; at least one. */
  get retryAfter(): number {
    return this.#retryAfter ?? Math.max(1, Math.ceil((this.#grace - this.#elapsed()) / 1_000))
  }

  connectionClosed(link: Link): void {
    // Upgrades that are refused meanwhile are none of those it waits for.
    if (this.#left.delete(link)) this.#finishIfEmpty()
  }

  #batch(): void {
    const elapsed = this.#elapsed()
    while (
      this.#waiting.length > 0 &&
      (this.#waiting[this.#waiting.length - 1] as { at: number }).at <= elapsed
    ) {
      this.#waiting.pop()?.link.dispatch({
        type: 'close.requested',
        ...this.#close,
        retryAfter: this.retryAfter,
        from: 'drain',
      })
    }
    if (this.#finishIfEmpty()) return
    const { clock } = this.#runtime.options
    if (this.#waiting.length > 0) {
      this.#timer = clock.setTimeout(() => this.#batch(), BATCH)
    } else {
      this.#timer = clock.setTimeout(() => this.#force(), Math.max(0, this.#grace - elapsed))
    }
  }

  #force(): void {
    for (const link of [...this.#left]) {
      this.#forced += 1
      link.cut(CloseCode.abnormal, '')
    }
  }

  #finishIfEmpty(): boolean {
    if (this.#left.size > 0) return false
    this.#runtime.options.clock.clearTimeout(this.#timer)
    const closed = this.#count - this.#forced
    this.#done.resolve({ closed, forced: this.#forced, duration: this.#elapsed() })
    return true
  }

  #elapsed(): number {
    return this.#runtime.options.clock.monotonic() - this.#startedAt
  }
}
