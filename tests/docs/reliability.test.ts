import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { brokenPromises, measured, reliability } from '../../scripts/reliability.js'

const data = fileURLToPath(new URL('../../docs/data/reliability', import.meta.url))

it('docs/reliability.md tells of its data and of the suites as they are: otherwise run `pnpm reliability:docs`', () => {
  expect(reliability.read()).toBe(reliability.renew())
})

it('everything that the page is about was measured, and nothing had to be hidden', () => {
  expect(measured.filter((name) => !existsSync(join(data, `${name}.json`)))).toEqual([])
  expect(brokenPromises()).toEqual([])
  expect(reliability.read()).not.toContain('Not measured yet')
})
