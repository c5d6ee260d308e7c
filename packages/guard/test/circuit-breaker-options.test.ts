import { type CircuitBreakerOptions, circuitBreaker } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'
import { circuitBreakerSettings } from '../src/circuit-breaker-options.js'

const nothing = () => {}

describe('the options of a circuit breaker', () => {
  it('have defaults', () => {
    expect(circuitBreakerSettings({})).toMatchObject({
      errorRate: 0.5,
      window: 10_000,
      minimum: 20,
      cooldown: 5_000,
      halfOpen: 1,
      timeout: 2_500,
    })
  })

  it.each<CircuitBreakerOptions>([
    { errorRate: 0 },
    { errorRate: 1.1 },
    { errorRate: Number.NaN },
    { window: 9 },
    { minimum: 0 },
    { cooldown: 0 },
    { cooldown: 2 ** 31 },
    { halfOpen: 0 },
    { halfOpen: 1.5 },
    { timeout: 0 },
  ])('are refused with %o', (options) => {
    expect(() => circuitBreaker(options)).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })

  it('take a judge, and one that throws clears nobody', () => {
    const log: object[] = []
    const logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (fields: object) => log.push(fields),
    }
    const { isFailure } = circuitBreakerSettings({
      logger,
      isFailure: (thrown) => {
        if (thrown === 'what?') throw new TypeError('mine')
        return thrown === 'bad'
      },
    })
    expect([isFailure('bad'), isFailure('fine'), isFailure('what?')]).toEqual([true, false, true])
    expect(log).toEqual([{ event: 'observer.threw', observer: 'isFailure', err: new TypeError('mine') }])
  })
})
