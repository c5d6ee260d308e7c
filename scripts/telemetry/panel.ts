import type { Key, Matcher, Names } from './names.js'

/** A query of a panel: PromQL, with Grafana's variables, and what its series are called. */
export interface Query {
  readonly expr: string
  readonly legend: string
}

/** A panel, as far as it is not like all others. */
export interface Plan {
  readonly title: string
  readonly description?: string
  /** One of Grafana's units. */
  readonly unit: 'short' | 's' | 'bytes' | 'Bps' | 'reqps' | 'mps' | 'eps' | 'percentunit'
  readonly queries: readonly Query[]
  /** Parts of a whole, on top of each other. */
  readonly stacked?: boolean
}

/** Panels that belong together, under a title. */
export interface Section {
  readonly title: string
  readonly plans: readonly Plan[]
}

/** Writes the queries of one dashboard. */
export class Queries {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  /** What there is, by an attribute or by node. */
  now(key: Key, by: readonly string[] | 'node', ...matchers: readonly Matcher[]): Query {
    return this.#sum(key, by, this.#names.series(key, ...matchers))
  }

  /** How many a second, by attributes or by node. */
  rate(key: Key, by: readonly string[] | 'node', ...matchers: readonly Matcher[]): Query {
    return this.#sum(key, by, `rate(${this.#names.series(key, ...matchers)}[$__rate_interval])`)
  }

  /** How many times a histogram was told something, a second. */
  calls(key: Key, by: readonly string[]): Query {
    return this.#sum(key, by, `rate(${this.#names.histogram(key, 'count')}[$__rate_interval])`)
  }

  /** The quantiles of a histogram, each a query. */
  quantiles(key: Key, ...matchers: readonly Matcher[]): readonly Query[] {
    return [0.5, 0.95, 0.99].map((which) => this.quantile(key, which, [], ...matchers))
  }

  /** A quantile, by attributes. */
  quantile(key: Key, which: number, by: readonly string[], ...matchers: readonly Matcher[]): Query {
    const buckets = this.#names.histogram(key, 'bucket', ...matchers)
    const labels = by.map((attribute) => this.#names.label(key, attribute))
    const expr = `histogram_quantile(${which}, sum by (${[...labels, 'le'].join(', ')}) (rate(${buckets}[$__rate_interval])))`
    return { expr, legend: [`p${which * 100}`, ...labels.map(shown)].join(' ') }
  }

  #sum(key: Key, by: readonly string[] | 'node', series: string): Query {
    const labels = by === 'node' ? ['instance'] : by.map((attribute) => this.#names.label(key, attribute))
    return {
      expr: labels.length === 0 ? `sum(${series})` : `sum by (${labels.join(', ')}) (${series})`,
      legend: labels.map(shown).join(' '),
    }
  }
}

/** The same query under a name: for one that has no attributes to be named after. */
export function called(legend: string, { expr }: Query): Query {
  return { expr, legend }
}

/** What Grafana puts into a legend for a label. */
function shown(label: string): string {
  return `{{${label}}}`
}
