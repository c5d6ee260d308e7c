import { linkspan } from '@linkspan/core'
import { type MeasuredStoreOptions, type MetricsOptions, measuredStore, metrics } from '@linkspan/otel'
import { memoryStore } from '@linkspan/session'
import { describe, expect, it } from 'vitest'

describe('metrics', () => {
  const wrong: readonly [object, RegExp][] = [
    [{ tenants: -1 }, /^tenants takes a whole number from 0 to 1000, not -1/],
    [{ tenants: 1.5 }, /^tenants/],
    [{ tenants: 1_001 }, /^tenants/],
    [{ reasons: 501 }, /^reasons takes a whole number from 0 to 500, not 501/],
    [{ sample: -1 }, /^sample takes a whole number from 0 to 1000000, not -1/],
    [{ sample: '32' }, /^sample/],
    [{ breakers: { profiles: {} } }, /^breakers\.profiles takes something with a state/],
    [{ breakers: { profiles: undefined } }, /^breakers\.profiles/],
    [{ sessions: {} }, /^sessions takes what session\(\) answered/],
    [{ meterProvider: {} }, /^meterProvider takes a MeterProvider/],
  ]

  it.each(wrong)('does not take %j', (options, message) => {
    const app = linkspan()
    const call = () => metrics(app, options as MetricsOptions)
    expect(call).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringMatching(message) }),
    )
    // Nothing was begun.
    metrics(app)()
  })
})

describe('measuredStore', () => {
  const wrong: readonly object[] = [{ app: 7 }, { meterProvider: {} }]

  it.each(wrong)('does not take %j', (options) => {
    const call = () => measuredStore(memoryStore(), options as MeasuredStoreOptions)
    expect(call).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })

  it('does not take what is no store', () => {
    const call = () => measuredStore({} as ReturnType<typeof memoryStore>)
    expect(call).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
