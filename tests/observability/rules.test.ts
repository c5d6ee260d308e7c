// What Prometheus' own tool says of the rules that come with @linkspan/otel, and whether their alerts fire when they
// should, and only then.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { missing } from './prometheus-server.js'
import { published } from './published.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const NAMINGS = ['', '.otlp'] as const

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing)
})

function promtool(...args: readonly string[]): Promise<{ readonly ok: boolean; readonly said: string }> {
  return new Promise((resolve) => {
    execFile('promtool', args, (error, stdout, stderr) => {
      resolve({ ok: error === null, said: stdout + stderr })
    })
  })
}

it.each(NAMINGS)('promtool takes rules%s.yml', async (suffix) => {
  const { ok, said } = await promtool(
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    join(published, `rules${suffix}.yml`),
  )
  expect(ok, said).toBe(true)
})

it('promtool takes prometheus.yml, and the rules it names', async () => {
  const { ok, said } = await promtool('check', 'config', join(published, 'prometheus.yml'))
  expect(ok, said).toBe(true)
  expect(said).toContain('1 rule files found')
})

it.each(NAMINGS)(
  'every alert of rules%s.yml fires when it should, and only then',
  { timeout: 120_000 },
  async (suffix) => {
    const { ok, said } = await promtool('test', 'rules', join(here, `rules${suffix}.test.yml`))
    expect(ok, said).toBe(true)
  },
)

it('rules that are a little different are noticed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-rules-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const rules = readFileSync(join(published, 'rules.yml'), 'utf8')
  const { tests, ...others } = parse(readFileSync(join(here, 'rules.test.yml'), 'utf8')) as {
    readonly tests: readonly { readonly name: string }[]
  }
  const some = tests.filter(({ name }) => name.startsWith('LinkspanHandshakesFailing '))
  const [good, bad] = [join(folder, 'good.test.yml'), join(folder, 'bad.test.yml')]
  writeFileSync(join(folder, 'good.yml'), rules)
  writeFileSync(join(folder, 'bad.yml'), rules.replace('ratio_rate5m > 0.1\n', 'ratio_rate5m > 0.01\n'))
  writeFileSync(good, stringify({ ...others, rule_files: ['good.yml'], tests: some }))
  writeFileSync(bad, stringify({ ...others, rule_files: ['bad.yml'], tests: some }))
  expect(await promtool('test', 'rules', good)).toMatchObject({ ok: true })
  const { ok, said } = await promtool('test', 'rules', bad)
  expect(ok).toBe(false)
  expect(said.match(/alertname: \w+/g)).toEqual(['alertname: LinkspanHandshakesFailing'])
})
