import {
  type Dashboard,
  LegendDisplayMode,
  type Panel,
  type RowPanel,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/schema'
import type {
  FieldConfig,
  Options,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen'
import { APP, labelOf, Names, type Naming } from './names.js'
import type { Plan } from './panel.js'
import { sectionsOf } from './sections.js'

/** What every query is confined to: the variables at the top of the dashboard. */
const CHOSEN = 'job=~"$job",instance=~"$instance",linkspan_app=~"$app"'
const SOURCE = { type: 'prometheus', uid: '$datasource' }
/** Panels stand three in a row, on Grafana's grid of 24 columns. */
const [WIDTH, HEIGHT, COLUMNS] = [8, 8, 24]
/** Of the model that Grafana has read since version 7; newer ones read it too. */
const SCHEMA = 42

/** The dashboard, as Grafana imports it. */
export function dashboardOf(naming: Naming): Dashboard {
  const names = new Names(naming, CHOSEN)
  const panels: (Panel | RowPanel)[] = []
  let y = 0
  for (const { title, plans } of sectionsOf(names)) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 }
    panels.push({ type: 'row', id: panels.length + 1, title, collapsed: false, gridPos, panels: [] })
    y += 1
    for (const [index, plan] of plans.entries()) {
      const column = (index * WIDTH) % COLUMNS
      if (index > 0 && column === 0) y += HEIGHT
      panels.push({ ...panelOf(plan), id: panels.length + 1, gridPos: { x: column, y, w: WIDTH, h: HEIGHT } })
    }
    y += HEIGHT
  }
  return {
    uid: naming === 'exporter' ? 'linkspan' : `linkspan-${naming}`,
    title: naming === 'exporter' ? 'Linkspan' : 'Linkspan (by OTLP)',
    description: 'Made by `pnpm telemetry:docs` from what @linkspan/otel measures.',
    tags: ['linkspan', 'websocket'],
    schemaVersion: SCHEMA,
    version: 1,
    editable: true,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables(names) },
    panels,
  }
}

/** The dashboard as a file. */
export function dashboardFile(naming: Naming): string {
  return `${JSON.stringify(dashboardOf(naming), null, 2)}\n`
}

function panelOf({ title, description, unit, queries, stacked = false }: Plan): Panel {
  const custom: FieldConfig = {
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 10,
    stacking: { mode: stacked ? StackingMode.Normal : StackingMode.None },
  }
  const options: Options = {
    legend: { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  }
  return {
    type: 'timeseries',
    title,
    ...(description === undefined ? {} : { description }),
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0, custom: { ...custom } }, overrides: [] },
    options: { ...options },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      range: true,
    })),
  }
}

/** What can be chosen at the top; each depends on those before it. */
function variables(names: Names): VariableModel[] {
  // Every node says whether it drains, from its start on.
  const everywhere = new Names(names.naming).of('drain.active')
  const app = labelOf(APP)
  return [
    { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
    choice('job', 'job', `label_values(${everywhere}, job)`),
    choice('app', 'application', `label_values(${everywhere}{job=~"$job"}, ${app})`),
    choice('instance', 'node', `label_values(${everywhere}{job=~"$job",${app}=~"$app"}, instance)`),
  ]
}

function choice(name: string, label: string, query: string): VariableModel {
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    query: { query, refId: name },
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.alphabeticalAsc,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  }
}
