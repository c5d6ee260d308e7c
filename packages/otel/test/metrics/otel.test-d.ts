import { linkspan, type SessionStore } from '@linkspan/core'
import { circuitBreaker } from '@linkspan/guard'
import { definitions, instrument, measuredStore, metrics } from '@linkspan/otel'
import { memoryStore, session } from '@linkspan/session'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { describe, expectTypeOf, it } from 'vitest'

const app = linkspan().use((_, next) => next({ plan: 'gold' }))
const sessions = session<{ cart: string[] }>({ store: memoryStore() })

describe('metrics', () => {
  it('takes any application, any breaker and any sessions', () => {
    expectTypeOf(metrics(app)).toEqualTypeOf<() => void>()
    metrics(app, { sessions, breakers: { profiles: circuitBreaker() }, meterProvider: new MeterProvider() })
    metrics(app.use(sessions), { breakers: { acme: { state: 'half-open' } } })
    // @ts-expect-error it has no such state
    metrics(app, { breakers: { acme: { state: 'ajar' } } })
    // @ts-expect-error it tells nothing of those who come back
    metrics(app, { sessions: { stats: () => ({}) } })
    // @ts-expect-error there is no such option
    metrics(app, { tenant: 7 })
  })

  it('has a part in instrument, which may be left out', () => {
    expectTypeOf(instrument(app)).toEqualTypeOf<() => void>()
    instrument(app, { metrics: { sample: 0 }, traces: false })
    instrument(app, { metrics: false })
    // @ts-expect-error to measure everything says nothing
    instrument(app, { metrics: true })
  })
})

describe('measuredStore', () => {
  it('is a store, like the one it measures', () => {
    expectTypeOf(measuredStore(memoryStore())).toEqualTypeOf<SessionStore>()
    session({ store: measuredStore(memoryStore(), { app: 'chat' }) })
    // @ts-expect-error it is no store
    measuredStore({ load: () => Promise.resolve(undefined) })
  })
})

describe('definitions', () => {
  it('are known by name, and cannot be changed', () => {
    expectTypeOf(definitions['handshake.duration'].buckets).toEqualTypeOf<readonly number[] | undefined>()
    // @ts-expect-error there is no such metric
    void definitions.nothing
    // @ts-expect-error it is read-only
    definitions.topics = definitions.timers
  })
})
