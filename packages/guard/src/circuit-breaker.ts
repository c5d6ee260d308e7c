import { CloseCode, type Connection, type Middleware, named, Rejection } from '@linkspan/core'
import { Circuit, type CircuitBreakerState, type Outcome } from './circuit-breaker-circuit.js'
import { Observers } from './circuit-breaker-observers.js'
import { type CircuitBreakerOptions, circuitBreakerSettings } from './circuit-breaker-options.js'
import { outcomeOf } from './circuit-breaker-outcome.js'

/**
 * A circuit breaker went from one state to another.
 *
 * @example
 * breaker.on('change', ({ from, to }: CircuitBreakerChange) => console.warn(`${from} → ${to}`))
 */
export interface CircuitBreakerChange {
  readonly from: CircuitBreakerState
  readonly to: CircuitBreakerState
}

/**
 * What a circuit breaker has seen, in whole numbers.
 *
 * @example
 * const { window, totals }: CircuitBreakerStats = breaker.stats()
 */
export interface CircuitBreakerStats {
  readonly state: CircuitBreakerState
  /** What it judges by: the outcomes within the window. */
  readonly window: { readonly succeeded: number; readonly failed: number }
  /** Those that try what is protected, while it is half open. */
  readonly trying: number
  readonly totals: {
    readonly succeeded: number
    readonly failed: number
    /** Said nothing about it: refusals (4xx), clients that left, connections that the server closed. */
    readonly neutral: number
    /** Not let through. */
    readonly refused: number
    /** Times that it opened. */
    readonly opened: number
  }
}

/**
 * A middleware that guards what stands inside it, and a guard for any call.
 *
 * @example
 * app.use(breaker).use(profiles)
 */
export interface CircuitBreaker extends Middleware<unknown, {}> {
  readonly state: CircuitBreakerState
  stats(): CircuitBreakerStats
  /**
   * Calls a function, unless the circuit is open. Its `signal` is aborted when `timeout` is over.
   *
   * @throws Rejection 503 where the circuit is open, 504 after `timeout`: uncaught in a handler, both close with 1013.
   */
  run<Value>(call: (signal: AbortSignal) => Value | PromiseLike<Value>): Promise<Value>
  /** Observes. Listeners are synchronous. */
  on(event: 'change', listener: (change: CircuitBreakerChange) => void): CircuitBreaker
  off(event: 'change', listener: (change: CircuitBreakerChange) => void): CircuitBreaker
}

/**
 * Stops using what fails. While the share of failures within `window` is too high it refuses at once, with 503 and
 * `Retry-After`, and touches nothing that stands inside it; after `cooldown` a few handshakes try whether it works again.
 *
 * A handshake succeeds when its connection becomes active. It fails when a middleware inside throws, or refuses with a
 * status from 500 on, and when time is over: `timeout`, or the application's `handshakeTimeout`. It says nothing when
 * the client is refused (4xx) or leaves. Connections that are active are not touched.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * const breaker = circuitBreaker({ cooldown: 10_000 })
 * app.use(breaker).use(async (conn, next) => next({ profile: await profileOf(conn) }))
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  const { clock, timeout, isFailure, log, ...terms } = circuitBreakerSettings(options)
  const totals = { succeeded: 0, failed: 0, neutral: 0, refused: 0, opened: 0 }
  const observers = new Observers<CircuitBreakerChange>(log)
  const circuit = new Circuit({ clock, ...terms }, (change) => {
    if (change.to === 'open') totals.opened += 1
    observers.tell(change)
  })

  /** Lets a call begin; answers what is told of its end, once. */
  const begin = (): ((outcome: Outcome) => void) => {
    const pass = circuit.enter()
    if (pass === undefined) {
      totals.refused += 1
      throw circuit.refusal()
    }
    let going = true
    return (outcome) => {
      if (!going) return
      going = false
      totals[outcome === 'success' ? 'succeeded' : outcome === 'failure' ? 'failed' : 'neutral'] += 1
      circuit.leave(pass, outcome)
    }
  }

  const watch = async (
    conn: Connection<unknown>,
    inside: Promise<unknown>,
    done: (outcome: Outcome) => void,
  ): Promise<void> => {
    const timer = clock.setTimeout(() => {
      done('failure')
      conn.close(CloseCode.overloaded, 'the handshake took too long')
    }, timeout)
    const opened = await conn.opened
    clock.clearTimeout(timer)
    done(opened ? 'success' : await outcomeOf(conn, inside, isFailure))
  }

  const middleware: Middleware<unknown, {}> = (conn, next) => {
    const done = begin()
    const inside = next()
    void watch(conn, inside, done)
    return inside
  }

  const run: CircuitBreaker['run'] = async (call) => {
    const done = begin()
    const controller = new AbortController()
    let timer: unknown
    const late = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => {
        done('failure')
        const rejection = new Rejection({ status: 504, reason: 'it took too long' })
        controller.abort(rejection)
        reject(rejection)
      }, timeout)
    })
    try {
      const value = await Promise.race([call(controller.signal), late])
      done('success')
      return value
    } catch (thrown) {
      done(isFailure(thrown) ? 'failure' : 'neutral')
      throw thrown
    } finally {
      clock.clearTimeout(timer)
    }
  }

  const breaker: CircuitBreaker = Object.defineProperty(
    Object.assign(named('circuitBreaker', middleware), {
      state: circuit.state,
      run,
      stats: (): CircuitBreakerStats => ({
        state: circuit.state,
        window: circuit.counts(),
        trying: circuit.trying,
        totals: { ...totals },
      }),
      on: (_: 'change', listener: (change: CircuitBreakerChange) => void): CircuitBreaker => {
        observers.add(listener)
        return breaker
      },
      off: (_: 'change', listener: (change: CircuitBreakerChange) => void): CircuitBreaker => {
        observers.delete(listener)
        return breaker
      },
    }),
    'state',
    { get: () => circuit.state },
  )
  return breaker
}
