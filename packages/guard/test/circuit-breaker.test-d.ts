import { linkspan, pipeline } from '@linkspan/core'
import { type CircuitBreakerState, circuitBreaker } from '@linkspan/guard'
import { describe, expectTypeOf, it } from 'vitest'

describe('circuitBreaker', () => {
  it('fits anywhere, and adds nothing to the data', () => {
    const breaker = circuitBreaker()
    linkspan()
      .use((_, next) => next({ plan: 'gold' }))
      .use(breaker)
      .message((conn) => {
        expectTypeOf(conn.data.plan).toEqualTypeOf<string>()
      })
    pipeline().use(breaker)
  })

  it('answers with what was called', () => {
    const breaker = circuitBreaker()
    expectTypeOf(breaker.run(() => 1)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(breaker.run(async (signal) => signal.aborted)).toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(breaker.state).toEqualTypeOf<CircuitBreakerState>()
  })

  it('tells one kind of event', () => {
    circuitBreaker().on('change', ({ from, to }) => {
      expectTypeOf(from).toEqualTypeOf<CircuitBreakerState>()
      expectTypeOf(to).toEqualTypeOf<CircuitBreakerState>()
    })
    // @ts-expect-error there is no other event
    circuitBreaker().on('open', () => {})
  })

  it('does not let anybody set its state', () => {
    // @ts-expect-error it is read-only
    circuitBreaker().state = 'open'
  })
})
