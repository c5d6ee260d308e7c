import type { Linkspan, Watcher } from '@linkspan/core'
import { metrics as api } from '@opentelemetry/api'
import { takeName } from './app-names.js'
import { collected } from './collection.js'
import { errors } from './errors.js'
import { handshakes } from './handshakes.js'
import { heartbeats } from './heartbeats.js'
import { meterOf } from './instruments.js'
import { messages } from './messages.js'
import { type MetricsOptions, resolveMetricsOptions } from './metrics-options.js'
import { nodes } from './nodes.js'
import type { Setting } from './part.js'
import { population } from './population.js'
import { state } from './state.js'

/**
 * Measures an application: everything in {@link definitions}, but for `store.duration`, which `measuredStore` does. Call it
 * when the provider is registered, and before connections come: what those there are already say is not counted.
 *
 * Answers what ends it. What the SDK has read by then it may go on to report.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` for an option that makes no sense, and for an application that is measured
 * already, for the same provider.
 *
 * @example
 * const end = metrics(app, { sessions, breakers: { profiles } })
 */
export function metrics(app: Linkspan<unknown>, options: MetricsOptions = {}): () => void {
  const resolved = resolveMetricsOptions(options)
  const provider = resolved.meterProvider ?? api.getMeterProvider()
  const { name, giveBack } = takeName(provider, app)
  const meter = meterOf(provider)
  const setting: Setting = { app, meter, base: { 'linkspan.app': name }, options: resolved }
  const parts = [population, handshakes, messages, errors, heartbeats, nodes, state].map((of) => of(setting))
  const watcher: Watcher = Object.assign({}, ...parts.map((part) => part.watcher))

  const ends = [
    app.observe({
      watch(conn) {
        for (const part of parts) part.came?.(conn)
        return watcher
      },
      failed(error) {
        for (const part of parts) part.failed?.(error)
      },
    }),
    ...parts.map((part) => part.listen?.()),
    collected(app, meter, setting.base, parts),
    // Connections that there are keep their watcher: it has nothing left to say to.
    () => {
      for (const hook of Object.keys(watcher)) Reflect.deleteProperty(watcher, hook)
    },
    giveBack,
  ]
  return () => {
    for (const end of ends.splice(0)) end?.()
  }
}
