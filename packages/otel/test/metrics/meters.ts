import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics'

/** A reader that reads when it is told to. */
class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** What was collected at once. */
export class Reading {
  readonly metrics: readonly MetricData[]
  readonly scopes: readonly { readonly name: string; readonly version?: string }[]

  constructor(metrics: readonly MetricData[], scopes: Reading['scopes']) {
    this.metrics = metrics
    this.scopes = scopes
  }

  /** A metric by its name without `linkspan.`. */
  of(name: string): MetricData | undefined {
    return this.metrics.find(({ descriptor }) => descriptor.name === `linkspan.${name}`)
  }

  /** The attributes of a metric's numbers, without the application's name where that is the usual one. */
  attributes(name: string): readonly Attributes[] {
    return (this.of(name)?.dataPoints ?? []).map(({ attributes }) => bare(attributes))
  }

  /** The numbers of a metric by the values of their attributes, `'active memory'`; of a histogram, how many there are. */
  table(name: string): Record<string, number> {
    const metric = this.of(name)
    const points = metric?.dataPoints ?? []
    return Object.fromEntries(
      points.map(({ attributes, value }) => [
        Object.values(bare(attributes)).join(' '),
        typeof value === 'number' ? value : value.count,
      ]),
    )
  }

  /** A metric's one number without attributes. */
  number(name: string): number | undefined {
    return this.table(name)['']
  }

  /** The sum of a histogram's values, whatever their attributes. */
  sum(name: string): number {
    const metric = this.of(name)
    if (metric?.dataPointType !== DataPointType.HISTOGRAM) throw new Error(`${name} is no histogram`)
    return metric.dataPoints.reduce((sum, { value }) => sum + (value.sum ?? 0), 0)
  }
}

/** The real SDK, with readers that read when they are told to. */
export class Meters {
  readonly provider: MeterProvider
  readonly #readers: readonly Reader[]

  constructor(readers = 1) {
    this.#readers = Array.from({ length: readers }, () => new Reader())
    this.provider = new MeterProvider({ readers: [...this.#readers] })
  }

  async read(reader = 0): Promise<Reading> {
    const { resourceMetrics, errors } = await (this.#readers[reader] as Reader).collect()
    if (errors.length > 0) throw new AggregateError(errors)
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    for (const { aggregationTemporality } of metrics) {
      if (aggregationTemporality !== AggregationTemporality.CUMULATIVE) throw new Error('not cumulative')
    }
    return new Reading(
      metrics,
      resourceMetrics.scopeMetrics.map(({ scope }) => scope),
    )
  }
}

function bare(attributes: Attributes): Attributes {
  const { 'linkspan.app': app, ...others } = attributes
  return app === 'linkspan' ? others : attributes
}
