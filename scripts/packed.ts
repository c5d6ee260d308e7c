// Installs the packed packages with plain npm in an empty folder, beside the frameworks. There every program of
// tests/packed is type-checked, compiled to ESM and to CommonJS, and run: it must exit by itself, with code 0.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fail, packAll, readManifest, root, run } from './workspace.js'

const DEADLINE = 30_000
const FORMATS = ['m', 'c'] as const
/** What all programs import: no program itself. */
const SHARED = 'prove'

const programs = join(root, 'tests/packed')
const folder = await mkdtemp(join(tmpdir(), 'linkspan-packed-'))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))

const outcomes: { name: string; ok: boolean; output: string }[] = []
try {
  await install()
  const names = (await readdir(programs)).map((file) => basename(file, '.ts')).sort()
  await Promise.all(names.flatMap((name) => FORMATS.map((format) => write(name, format))))
  const errors = await compile()
  outcomes.push({ name: 'types', ok: errors === '', output: errors })
  for (const name of names.filter((each) => each !== SHARED)) {
    for (const format of FORMATS) outcomes.push(await tried(`${name}.${format}js`))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

for (const { name, ok, output } of outcomes)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} ${output}`.trimEnd())
const failed = outcomes.filter(({ ok }) => !ok).length
console.log(`${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function install(): Promise<void> {
  const tarballs = (await packAll(folder)).values()
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', ...tarballs, ...frameworks()]
  const installed = await run('npm', args, { cwd: folder, env, quiet: true })
  if (installed.code !== 0) fail(`npm install failed:\n${installed.output}`)
}

/** What tests/package.json asks for besides our own packages, in the versions that are installed. */
function frameworks(): string[] {
  const tests = join(root, 'tests')
  return Object.keys(readManifest(tests).devDependencies ?? {})
    .filter((name) => !name.startsWith('@linkspan/'))
    .map((name) => {
      const { name: real, version } = readManifest(join(tests, 'node_modules', name))
      return real === name ? `${name}@${version}` : `${name}@npm:${real}@${version}`
    })
}

/** The same program as `.mts` and as `.cts`: in the latter `import` becomes `require`, and finds what that finds. */
async function write(name: string, format: (typeof FORMATS)[number]): Promise<void> {
  const source = await readFile(join(programs, `${name}.ts`), 'utf8')
  await writeFile(join(folder, `${name}.${format}ts`), source.replace(/'(\.\/\w+)\.js'/g, `'$1.${format}js'`))
}

/**
 * With a compiler that users have, which also checks our declarations. Those of others are theirs: the ones of Koa do not
 * fit the newest of what they import.
 */
async function compile(): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', types: ['node'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const args = [compiler, '--pretty', 'false', '--project', folder]
  const { output } = await run(process.execPath, args, { cwd: folder, env, quiet: true })
  return output.replace(/^node_modules\/(?!@linkspan\/).*\n(?: .*\n)*/gm, '')
}

/** A program says `skipped: …` where it cannot run on this machine; with `LINKSPAN_REQUIRE_ALL=1` that is a failure. */
async function tried(name: string): Promise<{ name: string; ok: boolean; output: string }> {
  const { code, output } = await run(process.execPath, [name], {
    cwd: folder,
    env,
    deadline: DEADLINE,
    quiet: true,
  })
  const skipped = output.startsWith('skipped:') && process.env['LINKSPAN_REQUIRE_ALL'] === '1'
  return { name, ok: code === 0 && !skipped, output: code === 0 ? output : `(exit code ${code})\n${output}` }
}
