import { definitions } from '@linkspan/otel'
import { expect, it } from 'vitest'
import { dashboardOf } from '../../scripts/telemetry/dashboard.js'
import { APP, keys, labelOf, Names } from '../../scripts/telemetry/names.js'
import { groupsOf } from '../../scripts/telemetry/rules.js'
import type { Fleet } from './fleet.js'

const names = new Names('exporter')
const rules = groupsOf(names).flatMap((group) => group.rules)

/** Tests that the Prometheus of a fleet knows everything that there is to know: of one that was told of everything. */
export function itKnows(fleet: () => Fleet): void {
  it('has recorded what there is to record', async () => {
    const recorded = rules.flatMap((rule) => ('record' in rule ? [String(rule.record)] : []))
    expect(recorded.length).toBeGreaterThan(10)
    for (const record of recorded) await fleet().has(record)
    await fleet().becomes('fleet:linkspan_nodes:count{job="linkspan",linkspan_app="chat"}', 2)
    await fleet().becomes('fleet:linkspan_connections:active{job="linkspan",linkspan_app="chat"}', 3)
    await fleet().becomes('fleet:linkspan_connections:share_of_tenant{linkspan_tenant="acme"}', 1)
  })

  it('has every metric, of its kind, with its attributes and no others', async () => {
    const { prometheus } = fleet()
    const kinds = { counter: 'counter', updowncounter: 'gauge', gauge: 'gauge', histogram: 'histogram' }
    const metadata = await prometheus.metadata()
    for (const key of keys) {
      const { kind, attributes, description } = definitions[key]
      const name = names.of(key)
      expect(metadata[name], name).toMatchObject([{ type: kinds[kind], help: description }])
      const samples = await prometheus.query(kind === 'histogram' ? `${name}_count` : name)
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
      const always = ['__name__', 'instance', 'job', labelOf(APP), 'otel_scope_name', 'otel_scope_version']
      expect([...labels].sort(), name).toEqual([...always, ...attributes.map(labelOf)].sort())
    }
  })

  it('has no metric that is not defined', async () => {
    const samples = await fleet().prometheus.query('count by (__name__) ({__name__=~"linkspan_.*"})')
    const told = samples.map(({ labels }) => (labels['__name__'] ?? '').replace(/_(bucket|count|sum)$/, ''))
    expect([...new Set(told)].sort()).toEqual(keys.map((key) => names.of(key)).sort())
  })

  it('evaluates every rule without an error', async () => {
    const evaluated = await fleet().prometheus.rules()
    expect(evaluated).toHaveLength(rules.length)
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  it('answers every query of the dashboard', async () => {
    const queries = (dashboardOf('exporter').panels ?? []).flatMap((panel) =>
      'targets' in panel
        ? (panel.targets ?? []).map(({ expr }) => [String(panel.title), String(expr)] as const)
        : [],
    )
    expect(queries.length).toBeGreaterThan(keys.length)
    for (const [title, expr] of queries) {
      const asked = expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance|app)\b/g, '.*')
      expect(asked).not.toContain('$')
      expect(await fleet().prometheus.query(asked), `${title}: ${asked}`).not.toEqual([])
    }
  })
}
