import { badOption, type Clock, type SessionStore, shown, systemClock } from '@linkspan/core'
import type { MeterProvider } from '@opentelemetry/api'
import { histogramOf, meterOf, seconds } from './instruments.js'
import { checkProvider } from './metrics-options.js'

/**
 * How a store is measured.
 *
 * @example
 * const options: MeasuredStoreOptions = { app: 'chat' }
 */
export interface MeasuredStoreOptions {
  /** The `name` of the application that uses it. Default: `'linkspan'`, as it is there. */
  readonly app?: string
  /** Where the instrument comes from. Default: the provider that is registered globally when this is called. */
  readonly meterProvider?: MeterProvider
  readonly clock?: Clock
}

/**
 * The same session store, with each call's time and outcome recorded as `linkspan.store.duration`: `failed` where it
 * rejected, else `ok`. Nothing else of a call is looked at.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * app.use(session({ store: measuredStore(redisStore(redis)) }))
 */
export function measuredStore(store: SessionStore, options: MeasuredStoreOptions = {}): SessionStore {
  const { app = 'linkspan', meterProvider, clock = systemClock } = options
  if (typeof store?.save !== 'function') throw badOption('measuredStore takes a SessionStore.')
  if (typeof app !== 'string') throw badOption(`app takes the name of an application, not ${shown(app)}.`)
  checkProvider(meterProvider)
  const duration = histogramOf(meterOf(meterProvider), 'store.duration')

  const measured = async <Answer>(operation: string, call: () => Promise<Answer>): Promise<Answer> => {
    const began = clock.monotonic()
    let outcome = 'failed'
    try {
      const answer = await call()
      outcome = 'ok'
      return answer
    } finally {
      const attributes = { 'linkspan.app': app, 'linkspan.operation': operation, 'linkspan.outcome': outcome }
      duration.record(seconds(clock.monotonic() - began), attributes)
    }
  }

  return {
    load: (id) => measured('load', () => store.load(id)),
    save: (id, data, save) => measured('save', () => store.save(id, data, save)),
    touch: (id, ttl) => measured('touch', () => store.touch(id, ttl)),
    destroy: (id) => measured('destroy', () => store.destroy(id)),
  }
}
