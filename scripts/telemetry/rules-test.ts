import { stringify } from 'yaml'
import { type Case, NODE_A, Teller } from './case.js'
import { clusterCases } from './cases-cluster.js'
import { connectionCases } from './cases-connections.js'
import { handshakeCases } from './cases-handshakes.js'
import { messageCases } from './cases-messages.js'
import type { Names } from './names.js'
import { alertsOf, annotationsOf, groupsOf } from './rules.js'

/** The cases of all alerts. */
export function casesOf(n: Names): readonly Case[] {
  const teller = new Teller(n)
  return [connectionCases, handshakeCases, messageCases, clusterCases].flatMap((cases) => cases(teller))
}

/** The cases as `promtool test rules` reads them; `file` is where the rules are, seen from there. */
export function rulesTestFile(n: Names, file: string): string {
  const tests = casesOf(n).map((each) => ({
    name: `${each.alert} ${each.summary === undefined ? 'keeps silent' : 'fires'}: ${each.because}`,
    interval: '30s',
    input_series: each.told,
    alert_rule_test: [
      ...(each.notYet === undefined
        ? []
        : [{ eval_time: each.notYet, alertname: each.alert, exp_alerts: [] }]),
      { eval_time: each.at, alertname: each.alert, exp_alerts: expected(n, each) },
    ],
  }))
  // Without an order `promtool` takes any, and alerts may see what was recorded half a minute before.
  const order = groupsOf(n).map(({ name }) => name)
  const document = { rule_files: [file], evaluation_interval: '30s', group_eval_order: order, tests }
  return `# Run by \`promtool test rules\`. Made by \`pnpm telemetry:docs\`.\n${stringify(document, { lineWidth: 0 })}`
}

function expected(n: Names, { alert: name, summary, labels, where }: Case): readonly object[] {
  if (summary === undefined) return []
  const alert = alertsOf(n).find((each) => each.alert === name)
  if (alert === undefined) throw new Error(`there is no alert ${name}`)
  const { instance = '', job = '' } = NODE_A
  const own = where === 'node' ? { instance } : {}
  return [
    {
      exp_labels: { severity: alert.severity, job, linkspan_app: 'chat', ...own, ...labels },
      exp_annotations: { ...annotationsOf(alert), summary },
    },
  ]
}
