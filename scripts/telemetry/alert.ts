import { FLEET, NODE } from './recordings.js'

/** An alert, and what is said about it in the docs. */
export interface Alert {
  readonly alert: string
  /** `critical`: somebody should get up. `warning`: somebody should look today. `info`: worth knowing. */
  readonly severity: 'critical' | 'warning' | 'info'
  readonly expr: string
  /** For how long it must have been so, in Prometheus' notation; `0m` is at once. */
  readonly for: string
  /** When it fires, in words. */
  readonly when: string
  /** What is sent, with Prometheus' templates: which application or node, and how much. */
  readonly summary: string
  /** What it means for those who use the application. */
  readonly means: string
  /** What to look at, and what to do. */
  readonly steps: readonly string[]
}

/** Of whom an alert about a fleet tells. */
export const APP_NAME = '{{ $labels.linkspan_app }}'

/** Of whom an alert about a node tells. */
export const NODE_NAME = `${APP_NAME} on {{ $labels.instance }}`

/** One series a node, without labels that say nothing about it. */
export function ofNode(series: string): string {
  return `max by (${NODE}) (${series})`
}

/** What a fleet's counters have counted in ten minutes. */
export function inTenMinutes(series: string): string {
  return `sum by (${FLEET}) (increase(${series}[10m]))`
}
