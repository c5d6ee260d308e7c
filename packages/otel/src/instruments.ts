import {
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  type Observable,
  ValueType,
} from '@opentelemetry/api'
import { type Definition, definitions, type HistogramName, type ObservedName } from './definitions.js'
import { version } from './version.js'

/** The meter that all our instruments come from. */
export function meterOf(provider: MeterProvider = metrics.getMeterProvider()): Meter {
  return provider.getMeter('@linkspan/otel', version)
}

/** An instrument that is told of every single value. */
export function histogramOf(meter: Meter, metric: HistogramName): Histogram {
  const { name, unit, description, buckets = [] } = definitions[metric]
  const advice = { explicitBucketBoundaries: [...buckets] }
  return meter.createHistogram(name, { unit, description, advice, valueType: ValueType.DOUBLE })
}

/** An instrument that is asked when metrics are collected. */
export function observableOf(meter: Meter, metric: ObservedName): Observable {
  const { name, kind, unit, description }: Definition = definitions[metric]
  const options = { unit, description, valueType: unit === 's' ? ValueType.DOUBLE : ValueType.INT }
  if (kind === 'counter') return meter.createObservableCounter(name, options)
  if (kind === 'updowncounter') return meter.createObservableUpDownCounter(name, options)
  return meter.createObservableGauge(name, options)
}

/** What OpenTelemetry measures time in, of our milliseconds. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1_000
}
