import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { benchmarks } from '../../scripts/benchmarks.js'
import { drawLifecycle, lifecycle } from '../../scripts/lifecycle.js'
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

it('no transport leaves out anything but those that scripts/suite.ts says do', () => {
  const declaring = readdirSync(packages).filter((id) =>
    readdirSync(join(packages, id, 'test'))
      .filter((file) => file.includes('conformance') && file.endsWith('.test.ts'))
      .some((file) => readFileSync(join(packages, id, 'test', file), 'utf8').includes('supports')),
  )
  expect(declaring).toEqual(['testing', 'uws'])
})
