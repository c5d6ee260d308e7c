export {
  type Definition,
  definitions,
  type HistogramName,
  type InstrumentKind,
  type ObservedName,
} from './definitions.js'
export { type InstrumentOptions, instrument } from './instrument.js'
export { type MeasuredStoreOptions, measuredStore } from './measured-store.js'
export { metrics } from './metrics.js'
export type { BreakerLike, MetricsOptions } from './metrics-options.js'
export { traces } from './traces.js'
export type { Carrier, TraceOptions } from './traces-options.js'
