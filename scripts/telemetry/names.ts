// What Prometheus calls the metrics. That depends on how they get there: OpenTelemetry's exporter for JavaScript leaves
// units out of the names; a Collector, and Prometheus' own OTLP receiver, put them in, as the specification wants it
// ("Prometheus and OpenMetrics compatibility"). Hence everything is made twice.

import { definitions } from '@linkspan/otel'

/** A metric, as `definitions` calls it. */
export type Key = keyof typeof definitions

/** How a metric gets into Prometheus: scraped from `@opentelemetry/exporter-prometheus`, or by way of OTLP. */
export type Naming = 'exporter' | 'otlp'

/** What an attribute has to be: `['linkspan.state', '=', 'active']`. */
export type Matcher = readonly [attribute: string, operator: '=' | '!=' | '=~' | '!~', value: string]

/** Every series has it, beside the attributes of its definition. */
export const APP = 'linkspan.app'

const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' }

/** Every metric there is. */
export const keys: readonly Key[] = Object.keys(definitions).filter(isKey)

function isKey(key: string): key is Key {
  return Object.hasOwn(definitions, key)
}

/** `linkspan.close.code` → `linkspan_close_code`. */
export function labelOf(attribute: string): string {
  return attribute.replace(/[^a-zA-Z0-9_]/g, '_')
}

/** What is written in queries for metrics and attributes. A name that `definitions` does not have throws. */
export class Names {
  readonly naming: Naming
  readonly #always: string

  /** `always` are conditions that every series has to fulfil. */
  constructor(naming: Naming, always = '') {
    this.naming = naming
    this.#always = always
  }

  /** The metric's name; of a histogram, what its three series begin with. */
  of(key: Key): string {
    const { name, kind, unit } = definitions[key]
    const words = [labelOf(name)]
    if (this.naming === 'otlp') words.push(this.#suffixOf(kind, unit))
    if (kind === 'counter') words.push('total')
    return words.filter(Boolean).join('_')
  }

  /** A metric's series: `linkspan_connections{linkspan_state="active"}`. */
  series(key: Key, ...matchers: readonly Matcher[]): string {
    if (definitions[key].kind === 'histogram') throw new Error(`${key} is a histogram`)
    return this.#select(key, this.of(key), matchers)
  }

  /** The series of a histogram: what it has counted by bucket, or in all. */
  histogram(key: Key, part: 'bucket' | 'count' | 'sum', ...matchers: readonly Matcher[]): string {
    if (definitions[key].kind !== 'histogram') throw new Error(`${key} is no histogram`)
    return this.#select(key, `${this.of(key)}_${part}`, matchers)
  }

  /** The label of an attribute that the metric has. */
  label(key: Key, attribute: string): string {
    if (attribute !== APP && !definitions[key].attributes.includes(attribute)) {
      throw new Error(`${key} has no ${attribute}: it has ${definitions[key].attributes.join(', ')}`)
    }
    return labelOf(attribute)
  }

  #select(key: Key, name: string, matchers: readonly Matcher[]): string {
    const conditions = matchers.map(
      ([attribute, operator, value]) => `${this.label(key, attribute)}${operator}"${value}"`,
    )
    const all = [this.#always, ...conditions].filter(Boolean)
    return all.length === 0 ? name : `${name}{${all.join(',')}}`
  }

  /** The specification calls a gauge of unit 1 a ratio, whatever it is; and leaves out what is in braces. */
  #suffixOf(kind: string, unit: string): string {
    if (unit === '1') return kind === 'gauge' ? 'ratio' : ''
    return UNITS[unit] ?? ''
  }
}
