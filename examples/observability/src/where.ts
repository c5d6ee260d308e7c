import { relative } from 'node:path'
import type { Running } from './run/bring-up.js'
import { bold } from './run/console.js'
import { published } from './run/prometheus.js'
import { QUERIES } from './summary.js'

/** Queries that are worth a look first, for Prometheus' own page. */
const GRAPHS: Readonly<Record<string, string>> = {
  'connections by state': QUERIES.connections,
  'messages a second': QUERIES.messages,
  'p99 of handlers': QUERIES.p99,
}

/** Where to look, for a reader. */
export function where({ north, south, prometheus, page, grafana }: Running): string {
  const graph = (expr: string): string =>
    `${prometheus.url}/graph?${new URLSearchParams({ 'g0.expr': expr, 'g0.tab': '0', 'g0.range_input': '15m' })}`
  const folder = relative(process.env['INIT_CWD'] ?? process.cwd(), published)
  return `
  ${bold('Where to look')}

  the dashboard, without a Grafana   ${bold(page.url)}
  alerts, and the rules              ${prometheus.url}/alerts
  what the nodes tell                http://${north.target}/metrics
                                     http://${south.target}/metrics
  their logs                         ${north.log}
                                     ${south.log}
${Object.entries(GRAPHS)
  .map(([name, expr]) => `  ${name.padEnd(34)} ${graph(expr)}`)
  .join('\n')}
  ${
    grafana === undefined
      ? `the dashboard in Grafana           grafana-server is not on this machine. Import ${folder}/grafana-dashboard.json into
                                     yours, and give it ${prometheus.url}. Or start this with --host 0.0.0.0
                                     --north 9464, of which alone the containers know, and:
                                     docker compose -f ${folder}/docker-compose.yml up`
      : `the dashboard in Grafana           ${bold(grafana.url)}`
  }
`
}
