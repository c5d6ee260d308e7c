import type { Linkspan } from '@linkspan/core'
import { metrics } from './metrics.js'
import type { MetricsOptions } from './metrics-options.js'
import { traces } from './traces.js'
import type { TraceOptions } from './traces-options.js'

/**
 * What is told of an application.
 *
 * @example
 * const options: InstrumentOptions = { metrics: { sessions }, traces: false }
 */
export interface InstrumentOptions {
  /** As `metrics` takes them; `false`: nothing is measured. Default: all that `metrics` measures by itself. */
  readonly metrics?: MetricsOptions | false
  /** As `traces` takes them; `false`: nothing is traced. Default: as `traces` does by itself. */
  readonly traces?: TraceOptions | false
}

/**
 * Measures and traces an application, with whatever OpenTelemetry SDK is registered: `metrics` and `traces` in one. Call it
 * when that is, and before connections come. Answers what ends both.
 *
 * @throws LinkspanError `LINKSPAN_OPTION`
 *
 * @example
 * instrument(app, { metrics: { sessions }, traces: { messages: 0.001 } })
 */
export function instrument(app: Linkspan<unknown>, options: InstrumentOptions = {}): () => void {
  const { metrics: measured = {}, traces: traced = {} } = options
  // Metrics first: what they record then belongs to the spans that stand around it.
  const endMetrics = measured === false ? undefined : metrics(app, measured)
  let endTraces: (() => void) | undefined
  try {
    if (traced !== false) endTraces = traces(app, traced)
  } catch (thrown) {
    endMetrics?.()
    throw thrown
  }
  return () => {
    endTraces?.()
    endMetrics?.()
  }
}
