// `pnpm mutate`: changes the core's source in thousands of small ways, one at a time, and counts for which of them its own
// tests fail. Takes about 21 minutes on two idle cores; with `--mutate packages/core/src/queue.ts` (several: commas between
// them) only some files. `--json docs/data/reliability/mutation.json` writes the figures down. Stryker is installed on the
// first run, into node_modules/.cache: nobody else needs it.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { helped, words } from '../reliability/runs/command-line.js'
import { record } from '../reliability/runs/record.js'
import { explainer, type MutationReport, mutationsIn } from './mutations.js'
import { fail, root, run } from './workspace.js'

const STRYKER = '9.6.1'
/** Slow, or about things that no change of a line shows: a browser, hours of heartbeats, thousands of random walks. */
const LEFT_OUT = [
  'packages/core/test/browser.test.ts',
  'packages/core/test/heartbeat.test.ts',
  'packages/core/test/transition.property.test.ts',
]

helped(`pnpm mutate [--mutate FILE,FILE] [--concurrency 2] [--json FILE]

  --mutate       files, such as packages/core/src/queue.ts; default: all of the core
  --concurrency  mutants at once; one a core
  --json         writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    mutate: { type: 'string' },
    concurrency: { type: 'string' },
    json: { type: 'string' },
  },
})

/** Where Stryker is, which finds Vitest further up. */
async function installed(): Promise<string> {
  const folder = join(root, 'node_modules/.cache/mutation', STRYKER)
  const program = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const packages = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${STRYKER}`)
  // npm warns about every setting that only pnpm knows.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  const how = ['install', '--no-audit', '--no-fund', '--no-save', '--legacy-peer-deps']
  const { code, output } = await run('npm', [...how, ...packages], { cwd: folder, env, quiet: true })
  if (code !== 0 || !existsSync(program)) fail(`Stryker could not be had:\n${output}`)
  return program
}

/** A copy of the core alone: its source is rewritten while Stryker runs. */
function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-mutation-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const file of ['src', 'test', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, 'packages/core', file), join(folder, 'packages/core', file), { recursive: true })
  }
  // One of the tests compares it with the source.
  cpSync(join(root, 'docs/errors.md'), join(folder, 'docs/errors.md'))
  cpSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  symlinkSync(join(root, 'packages/core/node_modules'), join(folder, 'packages/core/node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n')
  const test = { include: ['packages/core/test/**/*.test.ts'], exclude: LEFT_OUT, testTimeout: 10_000 }
  const resolve = { conditions: ['@linkspan/source', 'module', 'node', 'development|production'] }
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default ${JSON.stringify({ ssr: { resolve }, test }, undefined, 2)}\n`,
  )
  return folder
}

const program = await installed()
const folder = copied()
cpSync(join(root, 'scripts/stryker.json'), join(folder, 'stryker.json'))
const begun = performance.now()
const args = [program, 'run', 'stryker.json']
if (values.mutate !== undefined) args.push('--mutate', values.mutate)
if (values.concurrency !== undefined) args.push('--concurrency', values.concurrency)
const { code } = await run(process.execPath, args, { cwd: folder })
if (code !== 0) fail(`Stryker ended with ${code}`)
const minutes = Math.round((performance.now() - begun) / 6_000) / 10

const report = JSON.parse(readFileSync(join(folder, 'mutation.json'), 'utf8')) as MutationReport
const figures = { stryker: STRYKER, minutes, leftOut: LEFT_OUT, ...mutationsIn(report) }
const { score, killed, timeout, survived, uncovered, survivors } = figures
console.log(
  `\n${killed} killed, ${timeout} timed out, ${survived} survived, ${uncovered} not covered: ${score} %`,
)
const because = explainer()
for (const survivor of survivors) {
  const { file, line, mutator, original, replacement } = survivor
  console.log(
    `  ${file}:${line} ${mutator}: ${original} → ${replacement} (${because(survivor) ?? 'not explained'})`,
  )
}
if (values.json !== undefined) record(values.json, 'mutate', figures)
