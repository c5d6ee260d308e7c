import { stringify } from 'yaml'
import type { Alert } from './alert.js'
import { clusterAlerts } from './alerts-cluster.js'
import { connectionAlerts } from './alerts-connections.js'
import { messageAlerts } from './alerts-messages.js'
import type { Names } from './names.js'
import { recordings } from './recordings.js'

/** Where the alerts are explained. */
export const PAGE = 'docs/observability.md'

const ABOUT = {
  exporter: 'For metrics that are scraped from @opentelemetry/exporter-prometheus.',
  otlp: 'For metrics that come by OTLP, through a Collector or into Prometheus: these have units in their names.',
} as const

/** A group of rules, as Prometheus reads it. */
export interface RuleGroup {
  readonly name: string
  readonly rules: readonly object[]
}

/** Every alert, in the order of the page. */
export function alertsOf(n: Names): readonly Alert[] {
  return [...connectionAlerts(n), ...messageAlerts(n), ...clusterAlerts(n)]
}

/** All rules: first what is recorded, since alerts ask for it. */
export function groupsOf(n: Names): readonly RuleGroup[] {
  return [
    { name: 'linkspan-recorded', rules: recordings(n) },
    { name: 'linkspan-connections', rules: connectionAlerts(n).map(ruleOf) },
    { name: 'linkspan-messages', rules: messageAlerts(n).map(ruleOf) },
    { name: 'linkspan-cluster', rules: clusterAlerts(n).map(ruleOf) },
  ]
}

/** The rules as Prometheus reads them. */
export function rulesFile(n: Names): string {
  return `# ${ABOUT[n.naming]}\n# Made by \`pnpm telemetry:docs\`.\n${stringify({ groups: groupsOf(n) }, { lineWidth: 0 })}`
}

/** What is sent along: nobody who is woken should have to look for the page first. */
export function annotationsOf({ alert, summary, means, steps }: Alert): Readonly<Record<string, string>> {
  const runbook = steps.map((step) => `- ${plain(step)}`).join('\n')
  return { summary, description: plain(means), runbook, page: `${PAGE}#${alert.toLowerCase()}` }
}

function ruleOf(alert: Alert): object {
  const { alert: name, severity, expr, for: hold } = alert
  return { alert: name, expr, for: hold, labels: { severity }, annotations: annotationsOf(alert) }
}

/** Where alerts end up nobody renders Markdown. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[[^\]]*\]\(([\w-]+\.md[^)]*)\)/g, 'docs/$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]/g, '')
}
