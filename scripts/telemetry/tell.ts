import { definitions } from '@linkspan/otel'
import { table } from '../figures.js'
import { keys, Names } from './names.js'
import { alertsOf } from './rules.js'

/** The table of all metrics. */
export function tellMetrics(): string {
  const names = new Names('exporter')
  return table(
    ['OpenTelemetry', 'Prometheus', 'kind', 'unit', 'attributes', 'what it is'],
    keys.map((key) => {
      const { name, kind, unit, attributes, description } = definitions[key]
      return [code(name), code(names.of(key)), kind, code(unit), attributes.map(code).join(', '), description]
    }),
  )
}

/** The alerts: all in a table, then what to do for each. */
export function tellAlerts(): string {
  const alerts = alertsOf(new Names('exporter'))
  return [
    table(
      ['alert', '', 'fires when'],
      alerts.map(({ alert, severity, when }) => [`[${alert}](#${alert.toLowerCase()})`, severity, when]),
    ),
    ...alerts.flatMap(({ alert, severity, when, means, steps }) => [
      `### ${alert}`,
      `**${severity}**: ${when}. ${means}`,
      steps.map((step) => `- ${step}`).join('\n'),
    ]),
  ].join('\n\n')
}

/** Those metrics whose names are others when they come by OTLP. */
export function tellNamesByOtlp(): string {
  const [exporter, otlp] = [new Names('exporter'), new Names('otlp')]
  return table(
    ['scraped from the exporter', 'by OTLP'],
    keys
      .filter((key) => exporter.of(key) !== otlp.of(key))
      .map((key) => [code(exporter.of(key)), code(otlp.of(key))]),
  )
}

function code(text: string): string {
  return `\`${text}\``
}
