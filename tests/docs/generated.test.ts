import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { benchmarks } from '../../scripts/benchmarks.js'
import { telemetryOverhead } from '../../scripts/benchmarks-telemetry.js'
import { brokerFigures, brokers, ENGINES } from '../../scripts/brokers.js'
import { drawLifecycle, lifecycle } from '../../scripts/lifecycle.js'
import { scale } from '../../scripts/scale.js'
import { beatSize, nodesReached } from '../../scripts/scale-model.js'
import { suite } from '../../scripts/suite.js'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

it('docs/lifecycle.md has the diagram of the table as it is: otherwise run `pnpm lifecycle`', () => {
  expect(lifecycle.read()).toBe(lifecycle.renew())
})

it('the diagram has every state', () => {
  const stages = ['socket', 'backlog', 'handler', 'pipeline', 'release']
  for (const state of ['connecting', 'authenticated', 'active', ...stages, 'closed']) {
    expect(drawLifecycle()).toMatch(new RegExp(`--> ${state}\\b`))
  }
})

it('docs/adapters.md tells of the suite as it is: otherwise run `pnpm suite`', () => {
  expect(suite.read()).toBe(suite.renew())
})

it('README.md tells of the newest benchmark: otherwise run `pnpm bench:docs`', () => {
  expect(benchmarks.read()).toBe(benchmarks.renew())
})

it('docs/observability.md tells what telemetry costs, by the newest benchmark of that: otherwise run `pnpm bench:docs`', () => {
  expect(telemetryOverhead.read()).toBe(telemetryOverhead.renew())
})

it('docs/brokers.md tells of the engines as they were measured: otherwise run `pnpm brokers:docs`', () => {
  expect(brokers.read()).toBe(brokers.renew())
})

it('every engine was measured, and none lost anything in silence', () => {
  for (const engine of ENGINES) {
    const figures = brokerFigures(engine)?.figures
    expect(figures, engine).toMatchObject({ engine, size: 256 })
    for (const work of [figures?.works.light, figures?.works.single])
      expect(work?.rate, engine).toBeGreaterThan(0)
    for (const { lost, twice, gaps } of Object.values(figures?.outages ?? {})) {
      expect(twice, engine).toBe(0)
      if (lost > 0) expect(gaps, engine).toBeGreaterThan(0)
    }
  }
})

it('docs/scale.md is worked out from what was measured: otherwise run `pnpm scale:docs`', () => {
  for (const part of scale) expect(part.read()).toBe(part.renew())
})

it('its model holds where the answer is known', () => {
  expect(nodesReached(1, 50)).toBeCloseTo(1)
  expect(nodesReached(1_000_000, 50)).toBeCloseTo(50)
  expect(nodesReached(2, 2)).toBeCloseTo(1.5)
  // Every node hears every beat.
  expect(beatSize()).toBeLessThan(256)
})

it('no transport leaves out anything but those that scripts/suite.ts says do', () => {
  const declaring = readdirSync(packages).filter((id) =>
    readdirSync(join(packages, id, 'test'))
      .filter((file) => file.includes('conformance') && file.endsWith('.test.ts'))
      .some((file) => readFileSync(join(packages, id, 'test', file), 'utf8').includes('supports')),
  )
  expect(declaring).toEqual(['testing', 'uws'])
})
