import type { Connection, Linkspan, LinkspanError, Stats, Watcher } from '@linkspan/core'
import type { Attributes, Meter } from '@opentelemetry/api'
import type { ObservedName } from './definitions.js'
import type { ResolvedMetricsOptions } from './metrics-options.js'
import type { Point } from './tally.js'

/** What a metric is at the moment, given the application's own counters: one number, or several with their attributes. */
export type Reading = (stats: Stats) => number | Iterable<Point>

/** Some of what is measured of an application: what it has to hear for that, and what it answers to a collection. */
export interface Part {
  readonly readings: { readonly [Metric in ObservedName]?: Reading }
  /** Its hooks, one set for all connections. No two parts have the same. */
  readonly watcher?: Watcher
  /** A connection has come, and nothing else has happened to it. */
  came?(conn: Connection<never>): void
  /** An error was reported. */
  failed?(error: LinkspanError): void
  /** Begins to listen to the application. Answers what ends that. */
  listen?(): () => void
}

/** What the parts are made of. */
export interface Setting {
  readonly app: Linkspan<unknown>
  readonly meter: Meter
  /** The attributes that every number has. */
  readonly base: Attributes
  readonly options: ResolvedMetricsOptions
}
