import type { Bus, Clock } from '@linkspan/core'
import { outcomeWithin } from './renewal-deadline.js'
import type { Revocation } from './revocation-notice.js'

// What a node may believe of its own list of revocations:
//
//            up (first), or up and caught up
//   ┌───────────────────────────────────────────┐
//   │                                           ▼
//  lost ◀──────────────── down ────────────── sure
//   │
//   └── deadline ──▶ overdue ── up and caught up ──▶ sure
//
// A node begins as lost: it has not heard the bus yet.

/** Milliseconds until the next attempt to catch up, while the bus is up. */
const RETRY = 1_000

/** What hears of it. */
export interface TrustObserver {
  /** The list is complete again, but for what came in `since`. */
  caughtUp(missed: readonly Revocation[]): void
  /** The bus is back, and nobody can tell what was missed. */
  missed(): void
  /** The bus was lost for longer than the deadline. */
  overdue(): void
  /** `sure` or not. */
  changed(sure: boolean): void
  failed(error: unknown): void
}

/** How long to go back, in milliseconds, and how long to go on without the bus. */
export interface TrustLimits {
  readonly deadline: number
  readonly remember: number
}

/** Watches the bus: whether all revocations are known here, and if not, for how long that may be so. */
export class Trust {
  readonly #bus: Bus<Revocation>
  readonly #clock: Clock
  readonly #limits: TrustLimits
  readonly #observer: TrustObserver
  readonly #unobserve: () => void
  #phase: 'lost' | 'overdue' | 'sure' = 'lost'
  /** When it last was sure; `undefined`: never. */
  #sureAt: number | undefined
  #deadline: unknown
  #retry: unknown
  /** Ends the attempt that is under way: what is asked before an outage says nothing about the time after. */
  #attempt: AbortController | undefined
  #closed = false

  constructor(bus: Bus<Revocation>, clock: Clock, limits: TrustLimits, observer: TrustObserver) {
    this.#bus = bus
    this.#clock = clock
    this.#limits = limits
    this.#observer = observer
    this.#unobserve = bus.onStatus((status) => (status === 'up' ? this.#recover() : this.#lose()))
    this.#startDeadline()
    if (bus.status() === 'up') this.#recover()
  }

  /** Whether somebody may be let in: the list is complete, or has not been incomplete for too long. */
  get holds(): boolean {
    return this.#phase !== 'overdue' && !this.#closed
  }

  get sure(): boolean {
    return this.#phase === 'sure'
  }

  close(): void {
    this.#closed = true
    this.#attempt?.abort()
    this.#unobserve()
    this.#clear()
  }

  #lose(): void {
    this.#attempt?.abort()
    this.#stopRetry()
    if (this.#phase !== 'sure') return
    this.#phase = 'lost'
    this.#sureAt = this.#clock.now()
    this.#startDeadline()
    this.#observer.changed(false)
  }

  #recover(): void {
    if (this.#bus.since !== undefined) void this.#catchUp()
    else {
      const first = this.#sureAt === undefined
      this.#becomeSure()
      if (!first) this.#observer.missed()
    }
  }

  async #catchUp(): Promise<void> {
    const { remember, deadline } = this.#limits
    // Further back by the deadline: for clocks that differ, and for what was lost before the loss was noticed.
    const from = this.#sureAt === undefined ? this.#clock.now() - remember : this.#sureAt - deadline
    this.#attempt = new AbortController()
    const ask = async () => this.#bus.since?.(from)
    const answer = await outcomeWithin(ask, deadline, this.#clock, this.#attempt.signal)
    if (answer.kind === 'aborted') return
    if (answer.kind === 'done') {
      this.#becomeSure()
      this.#observer.caughtUp(answer.value ?? [])
      return
    }
    this.#observer.failed(answer.kind === 'failed' ? answer.error : new Error('the bus did not answer'))
    this.#retry = this.#clock.setTimeout(() => void this.#catchUp(), RETRY)
  }

  #becomeSure(): void {
    this.#clear()
    this.#phase = 'sure'
    this.#sureAt = this.#clock.now()
    this.#observer.changed(true)
  }

  #startDeadline(): void {
    this.#deadline = this.#clock.setTimeout(() => {
      this.#phase = 'overdue'
      this.#observer.overdue()
    }, this.#limits.deadline)
  }

  #clear(): void {
    this.#stopRetry()
    this.#clock.clearTimeout(this.#deadline)
  }

  #stopRetry(): void {
    this.#clock.clearTimeout(this.#retry)
  }
}
