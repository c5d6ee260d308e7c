import type { Effect } from './effect.js'
import type { Timer } from './event.js'
import { MAX_DELAY } from './option-checks.js'
import type { Runtime } from './runtime.js'

type Schedule = Extract<Effect, { type: 'schedule' }>
type Deadline = Exclude<Timer, 'lead' | 'expiry'>

const TIMEOUTS = {
  handshake: 'handshakeTimeout',
  close: 'closeTimeout',
  release: 'releaseTimeout',
} as const

/** How long before the end of a lease `expiring` is announced, in milliseconds. */
const LEAD = 60_000

/** Whose timers they are. */
export interface TimersOwner {
  readonly runtime: Runtime
  timerFired(timer: Timer): void
}

/**
 * The timers of one connection. At most two run at a time: one for what it waits for (its handshake, its close, its
 * release), one for its lease. What is waited for is often over at once: the first starts only when it is `armed`.
 */
export class Timers {
  readonly #owner: TimersOwner
  #wanted: Deadline | undefined
  #deadline: unknown
  #lease: unknown

  constructor(owner: TimersOwner) {
    this.#owner = owner
  }

  schedule(effect: Schedule): void {
    const { timer } = effect
    this.cancel(timer)
    switch (timer) {
      case 'lead':
        return this.#startAt(timer, effect.at - LEAD)
      case 'expiry':
        return this.#startAt(timer, effect.at)
      default:
        this.#wanted = timer
    }
  }

  /** Starts the timer of what is still waited for. */
  arm(): void {
    const timer = this.#wanted
    if (timer === undefined) return
    this.#wanted = undefined
    this.#start(timer, this.#owner.runtime.options[TIMEOUTS[timer]])
  }

  cancel(timer: Timer): void {
    if (!isLease(timer)) this.#wanted = undefined
    const handle = isLease(timer) ? this.#lease : this.#deadline
    if (handle === undefined) return
    this.#owner.runtime.options.clock.clearTimeout(handle)
    this.#set(timer, undefined)
    this.#owner.runtime.counters.timers -= 1
  }

  #startAt(timer: Timer, instant: number): void {
    const delay = Math.max(0, instant - this.#owner.runtime.options.clock.now())
    if (delay <= MAX_DELAY) return this.#start(timer, delay)
    // A later end is waited for in steps.
    this.#start(timer, MAX_DELAY, () => this.#startAt(timer, instant))
  }

  #start(timer: Timer, delay: number, then: () => void = () => this.#owner.timerFired(timer)): void {
    this.#owner.runtime.counters.timers += 1
    const fired = (): void => {
      this.#owner.runtime.counters.timers -= 1
      this.#set(timer, undefined)
      then()
    }
    this.#set(timer, this.#owner.runtime.options.clock.setTimeout(fired, delay))
  }

  #set(timer: Timer, handle: unknown): void {
    if (isLease(timer)) this.#lease = handle
    else this.#deadline = handle
  }
}

function isLease(timer: Timer): boolean {
  return timer === 'lead' || timer === 'expiry'
}
