// What comes with @linkspan/otel for Prometheus and Grafana, and the page about it: made from what is measured, and whole.
// Whether Prometheus takes it is tried in tests/observability.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Panel, RowPanel } from '@grafana/schema'
import { describe, expect, it } from 'vitest'
import { dashboardOf } from '../../scripts/telemetry/dashboard.js'
import { keys, Names } from '../../scripts/telemetry/names.js'
import { alertsOf, annotationsOf, PAGE } from '../../scripts/telemetry/rules.js'
import { casesOf } from '../../scripts/telemetry/rules-test.js'
import { telemetryFiles, telemetryParts } from '../../scripts/telemetry.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, PAGE), 'utf8')
const NAMINGS = ['exporter', 'otlp'] as const

describe('what is generated is as it should be: otherwise run `pnpm telemetry:docs`', () => {
  it.each(telemetryFiles.map((file) => [file.path, file] as const))('%s', (_path, file) => {
    expect(file.read()).toBe(file.renew())
  })

  it(PAGE, () => {
    for (const part of telemetryParts) expect(part.read()).toBe(part.renew())
  })
})

describe('names', () => {
  it('are those of the exporter, which leaves out units', () => {
    const names = new Names('exporter')
    expect(names.of('connections')).toBe('linkspan_connections')
    expect(names.of('message.size')).toBe('linkspan_message_size_total')
    expect(names.of('handshake.duration')).toBe('linkspan_handshake_duration')
    expect(names.of('broker.status')).toBe('linkspan_broker_status')
  })

  it('or those of the specification, which wants them', () => {
    const names = new Names('otlp')
    expect(names.of('connections')).toBe('linkspan_connections')
    expect(names.of('message.size')).toBe('linkspan_message_size_bytes_total')
    expect(names.of('outbox.size')).toBe('linkspan_outbox_size_bytes')
    expect(names.of('handshake.duration')).toBe('linkspan_handshake_duration_seconds')
    expect(names.of('broker.status')).toBe('linkspan_broker_status_ratio')
  })

  it('are of metrics and attributes that there are', () => {
    const names = new Names('exporter')
    expect(names.series('closes', ['linkspan.close.code', '=', '4100'])).toBe(
      'linkspan_closes_total{linkspan_close_code="4100"}',
    )
    expect(() => names.series('closes', ['linkspan.tenant', '=', 'acme'])).toThrow(
      'closes has no linkspan.tenant',
    )
    expect(() => names.series('handshake.duration')).toThrow('handshake.duration is a histogram')
    expect(() => names.histogram('closes', 'count')).toThrow('closes is no histogram')
  })
})

describe.each(NAMINGS)('the dashboard for metrics of the %s', (naming) => {
  const dashboard = dashboardOf(naming)
  const all: readonly (Panel | RowPanel)[] = dashboard.panels ?? []
  const panels = all.filter((panel): panel is Panel => panel.type !== 'row')
  const targets = panels.flatMap((panel) => panel.targets ?? [])

  it('shows every metric', () => {
    const names = new Names(naming)
    const asked = targets.map(({ expr }) => String(expr))
    const unseen = keys.filter(
      (key) => !asked.some((expr) => new RegExp(`\\b${names.of(key)}(_bucket|_count)?\\{`).test(expr)),
    )
    expect(unseen).toEqual([])
  })

  it('has a section for each part of an application', () => {
    const rows = all.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual([
      'Connections',
      'Handshakes',
      'Messages',
      'Back-pressure',
      'Heartbeat',
      'Between the nodes',
      'Stores and circuit breakers',
      'Drain',
    ])
  })

  it('has panels that say what they show, and in what', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    for (const { title, type, fieldConfig, datasource, targets: own = [] } of panels) {
      expect(type, title).toBe('timeseries')
      expect(['short', 's', 'bytes', 'Bps', 'reqps', 'mps', 'eps', 'percentunit'], title).toContain(
        fieldConfig?.defaults.unit,
      )
      expect(datasource, title).toEqual({ type: 'prometheus', uid: '$datasource' })
      expect(
        own.map(({ refId }) => refId),
        title,
      ).toEqual(['A', 'B', 'C'].slice(0, own.length))
      for (const { legendFormat } of own) expect(legendFormat, title).toEqual(expect.stringMatching(/./))
    }
  })

  it('has no panel upon another, nor beside the page', () => {
    const taken = new Set<string>()
    for (const { title, gridPos } of all) {
      if (gridPos === undefined) throw new Error(`${String(title)} is nowhere`)
      const { x, y, w, h } = gridPos
      expect(x + w, title).toBeLessThanOrEqual(24)
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken.has(`${column} ${line}`), title).toBe(false)
          taken.add(`${column} ${line}`)
        }
      }
    }
  })

  it('asks only about what was chosen at the top', () => {
    const variables = dashboard.templating?.list?.map(({ name }) => name)
    expect(variables).toEqual(['datasource', 'job', 'app', 'instance'])
    for (const { expr } of targets) {
      for (const selected of String(expr).match(/linkspan_\w+\{[^}]*\}/g) ?? [])
        expect(selected).toContain('{job=~"$job",instance=~"$instance",linkspan_app=~"$app"')
    }
  })
})

describe('every alert', () => {
  const names = new Names('exporter')
  const cases = casesOf(names)

  it.each(alertsOf(names).map((alert) => [alert.alert, alert] as const))('%s', (name, alert) => {
    const own = cases.filter((each) => each.alert === name)
    const [fires, silent] = [
      own.filter(({ summary }) => summary !== undefined),
      own.filter(({ summary }) => summary === undefined),
    ]
    expect(fires.length, 'is tried where it fires').toBeGreaterThan(0)
    expect(silent.length, 'is tried where it does not').toBeGreaterThan(0)
    if (alert.for !== '0m')
      expect(
        fires.some(({ notYet }) => notYet !== undefined),
        'is tried before it fires',
      ).toBe(true)
    expect(page).toContain(`\n### ${name}\n`)
    const { page: section, ...said } = annotationsOf(alert)
    expect(section).toBe(`docs/observability.md#${name.toLowerCase()}`)
    for (const text of Object.values(said)) expect(text).not.toMatch(/^$|\]\(|`/)
  })

  it('that is tried is one that there is', () => {
    const known = alertsOf(names).map(({ alert }) => alert)
    expect(cases.filter(({ alert }) => !known.includes(alert))).toEqual([])
  })

  it('points to pages that there are', () => {
    const pages = alertsOf(names).flatMap(
      (alert) => JSON.stringify(annotationsOf(alert)).match(/docs\/[\w-]+\.md/g) ?? [],
    )
    expect(pages.filter((each) => !existsSync(join(root, each)))).toEqual([])
  })
})
