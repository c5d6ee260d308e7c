import { type Clock, Rejection } from '@linkspan/core'
import {
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker as circuitPolicy,
  handleAll,
  type IBackoff,
} from 'cockatiel'
import { FailureWindow } from './circuit-breaker-window.js'

/** Whether what is protected is used: as always, not at all, or by a few who try it. */
export type CircuitBreakerState = 'closed' | 'open' | 'half-open'

/** How a call went. `'neutral'`: it says nothing about what is protected. */
export type Outcome = 'success' | 'failure' | 'neutral'

/** The numbers of a circuit, defaults filled in; times in milliseconds. */
export interface CircuitTerms {
  readonly clock: Clock
  readonly errorRate: number
  readonly window: number
  readonly minimum: number
  readonly cooldown: number
  readonly halfOpen: number
}

/** What a call got that was let through: the period of the circuit in which it began. */
export type Pass = number

const NAMES: Readonly<Record<CircuitState, CircuitBreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
}

const FAILED = new Error('it failed')
const ignore = (): void => {}

/** The cooldown is on our clock, and cockatiel is asked only when it is over; by its own, `Date.now()`, it always is. */
const OVER: IBackoff<unknown> = { duration: -Infinity, next: () => OVER }

/**
 * A circuit: cockatiel's policy says which state follows which; who is let through, and when, is decided here, because
 * cockatiel knows one trial at a time, lets others wait for it, and takes one that says nothing for a success.
 */
export class Circuit {
  readonly #terms: CircuitTerms
  readonly #window: FailureWindow
  readonly #policy: CircuitBreakerPolicy
  /** Grows with every change of state: what began before it is not counted after it. */
  #period: Pass = 0
  #openUntil = 0
  // of the half-open period
  #trying = 0
  #succeeded = 0
  #decide: (outcome: 'success' | 'failure') => void = ignore

  constructor(
    terms: CircuitTerms,
    changed: (change: { readonly from: CircuitBreakerState; readonly to: CircuitBreakerState }) => void,
  ) {
    const { clock, window, errorRate, minimum } = terms
    this.#terms = terms
    this.#window = new FailureWindow(clock, window, errorRate, minimum)
    this.#policy = circuitPolicy(handleAll, { breaker: this.#window, halfOpenAfter: OVER })
    let from = this.state
    this.#policy.onStateChange((state) => {
      this.#period += 1
      if (state === CircuitState.Open) this.#openUntil = clock.monotonic() + terms.cooldown
      const change = { from, to: NAMES[state] }
      from = change.to
      changed(change)
    })
  }

  get state(): CircuitBreakerState {
    return NAMES[this.#policy.state]
  }

  /** Those that try what is protected, while it is half open. */
  get trying(): number {
    return this.#trying
  }

  counts(): { succeeded: number; failed: number } {
    return this.#window.counts()
  }

  /** Lets a call through, or answers `undefined`. Each pass has to be given back with `leave`. */
  enter(): Pass | undefined {
    if (this.state === 'closed') return this.#period
    if (this.state === 'open') {
      if (this.#rest() > 0) return undefined
      this.#halfOpen()
    }
    if (this.#trying + this.#succeeded >= this.#terms.halfOpen) return undefined
    this.#trying += 1
    return this.#period
  }

  leave(pass: Pass, outcome: Outcome): void {
    if (pass !== this.#period) return
    if (this.state === 'half-open') this.#tried(outcome)
    else if (outcome !== 'neutral') this.#report(() => outcome)
  }

  /** What a call gets that is not let through. */
  refusal(): Rejection {
    const retryAfter = Math.max(1, Math.ceil(this.#rest() / 1_000))
    return new Rejection({ status: 503, reason: 'temporarily unavailable', retryAfter })
  }

  /** Milliseconds until it may be tried again. */
  #rest(): number {
    return this.state === 'open' ? this.#openUntil - this.#terms.clock.monotonic() : 0
  }

  #halfOpen(): void {
    this.#trying = 0
    this.#succeeded = 0
    this.#report(
      () =>
        new Promise((resolve) => {
          this.#decide = resolve
        }),
    )
  }

  #tried(outcome: Outcome): void {
    this.#trying -= 1
    if (outcome === 'success') this.#succeeded += 1
    if (outcome === 'failure') this.#decide('failure')
    else if (this.#succeeded === this.#terms.halfOpen) this.#decide('success')
  }

  #report(call: () => Outcome | Promise<Outcome>): void {
    const run = async (): Promise<void> => {
      if ((await call()) === 'failure') throw FAILED
    }
    // It throws again what it has counted.
    this.#policy.execute(run).catch(ignore)
  }
}
