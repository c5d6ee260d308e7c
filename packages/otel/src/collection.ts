import type { Linkspan, Stats } from '@linkspan/core'
import {
  type Attributes,
  type BatchObservableCallback,
  type BatchObservableResult,
  diag,
  type Meter,
  type Observable,
} from '@opentelemetry/api'
import { definitions, type ObservedName } from './definitions.js'
import { observableOf } from './instruments.js'
import type { Part, Reading } from './part.js'

/**
 * Has the readings of all parts taken whenever metrics are collected, in one go and from one look at the application's
 * counters. Answers what ends that.
 */
export function collected(
  app: Linkspan<unknown>,
  meter: Meter,
  base: Attributes,
  parts: readonly Part[],
): () => void {
  const readings = new Map<Observable, Reading>()
  for (const part of parts) {
    for (const [name, reading] of Object.entries(part.readings)) {
      if (isObserved(name)) readings.set(observableOf(meter, name), reading)
    }
  }
  const observables = [...readings.keys()]
  const callback: BatchObservableCallback = (result) => {
    const stats = app.stats()
    for (const [observable, reading] of readings) observe(result, observable, reading, stats, base)
  }
  meter.addBatchObservableCallback(callback, observables)
  return () => meter.removeBatchObservableCallback(callback, observables)
}

function isObserved(name: string): name is ObservedName {
  return Object.hasOwn(definitions, name)
}

/** One that fails costs none of the others. */
function observe(
  result: BatchObservableResult,
  observable: Observable,
  reading: Reading,
  stats: Stats,
  base: Attributes,
): void {
  try {
    const read = reading(stats)
    if (typeof read === 'number') return result.observe(observable, read, base)
    for (const { value, attributes } of read) result.observe(observable, value, attributes)
  } catch (thrown) {
    diag.error('linkspan: a metric could not be read', thrown)
  }
}
