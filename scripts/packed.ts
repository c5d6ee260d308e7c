// Installs the packed packages with plain npm in an empty folder, beside the frameworks, and runs every program of
// tests/packed there: `*.mjs` and `*.cjs` must exit by themselves with code 0, `*.mts` and `*.cts` must type-check.

import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, packAll, readManifest, root, run } from './workspace.js'

const DEADLINE = 30_000
const programs = join(root, 'tests/packed')
const folder = await mkdtemp(join(tmpdir(), 'linkspan-packed-'))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))

const outcomes: { name: string; code: number; output: string }[] = []
try {
  await install()
  await cp(programs, folder, { recursive: true })
  const files = await readdir(programs)
  for (const name of files.filter((file) => /\.[mc]js$/.test(file)).sort()) {
    outcomes.push({
      name,
      ...(await run(process.execPath, [name], { cwd: folder, env, deadline: DEADLINE, quiet: true })),
    })
  }
  const typed = files.filter((file) => /\.[mc]ts$/.test(file)).sort()
  if (typed.length > 0) outcomes.push({ name: typed.join(', '), ...(await typecheck(typed)) })
} finally {
  await rm(folder, { recursive: true, force: true })
}

for (const { name, code, output } of outcomes) {
  console.log(code === 0 ? `ok     ${name}` : `FAILED ${name} (exit code ${code})\n${output}`)
}
const failed = outcomes.filter(({ code }) => code !== 0).length
console.log(`${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && outcomes.length > 0 ? 0 : 1

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

function typecheck(files: readonly string[]): Promise<{ code: number; output: string }> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node']
  return run(process.execPath, [compiler, ...options, ...files], { cwd: folder, env, quiet: true })
}
