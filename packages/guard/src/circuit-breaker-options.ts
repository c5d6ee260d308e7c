import { type Clock, Log, type Logger, MAX_DELAY, systemClock, whole } from '@linkspan/core'
import type { CircuitTerms } from './circuit-breaker-circuit.js'
import { failedBy } from './circuit-breaker-outcome.js'
import { share } from './options.js'

/**
 * When to stop using what fails, and when to try it again. Times are in milliseconds.
 *
 * @example
 * const options: CircuitBreakerOptions = { errorRate: 0.3, minimum: 50, cooldown: 10_000 }
 */
export interface CircuitBreakerOptions {
  /** The share of failures that opens it, above 0 and up to 1. Default: 0.5. */
  readonly errorRate?: number
  /** The time that is looked at. Default: 10,000. */
  readonly window?: number
  /** Calls within the window below which it does not open. Default: 20. */
  readonly minimum?: number
  /** How long it stays open before it is tried again. Default: 5,000. */
  readonly cooldown?: number
  /** How many try it then: all of them have to succeed, and the first to fail opens it again. Default: 1. */
  readonly halfOpen?: number
  /** How long a handshake, or a call of `run`, may take before it is a failure. Default: 2,500. */
  readonly timeout?: number
  /** Whether something that was thrown is a failure. Default: whatever is no `Rejection`, or one from 500 on. */
  readonly isFailure?: (thrown: unknown) => boolean
  readonly clock?: Clock
  /** Told of listeners, and of an `isFailure`, that throw. Default: errors to the console. */
  readonly logger?: Logger
}

/** The options with every default filled in. */
export interface CircuitBreakerSettings extends CircuitTerms {
  readonly timeout: number
  readonly isFailure: (thrown: unknown) => boolean
  readonly log: Log
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 */
export function circuitBreakerSettings(options: CircuitBreakerOptions): CircuitBreakerSettings {
  const { clock = systemClock } = options
  const log = new Log(options.logger, clock)
  return {
    errorRate: share('errorRate', options.errorRate ?? 0.5),
    window: whole('window', options.window ?? 10_000, 10, MAX_DELAY),
    minimum: whole('minimum', options.minimum ?? 20, 1, MAX_DELAY),
    cooldown: whole('cooldown', options.cooldown ?? 5_000, 1, MAX_DELAY),
    halfOpen: whole('halfOpen', options.halfOpen ?? 1, 1, MAX_DELAY),
    timeout: whole('timeout', options.timeout ?? 2_500, 1, MAX_DELAY),
    isFailure: options.isFailure === undefined ? failedBy : careful(options.isFailure, log),
    clock,
    log,
  }
}

/** A judge that throws has not cleared anybody. */
function careful(isFailure: (thrown: unknown) => boolean, log: Log): (thrown: unknown) => boolean {
  return (judged) => {
    try {
      return isFailure(judged)
    } catch (thrown) {
      log.threw('isFailure', thrown)
      return true
    }
  }
}
