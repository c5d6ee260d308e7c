// Everything but the tests that must hold before a change is merged. Runs every step, also after one has failed.

import { pnpm } from './workspace.js'

const steps: readonly { readonly script: string; readonly what: string }[] = [
  { script: 'types', what: 'types, with TypeScript 7' },
  { script: 'lint', what: 'lint and format' },
  { script: 'docstrings', what: 'what every export says of itself' },
  { script: 'unused', what: 'unused files, exports and dependencies' },
  { script: 'build', what: 'build: ESM, CommonJS, declarations' },
  { script: 'exports:check', what: 'packed packages, as resolved by every kind of importer' },
  { script: 'surface', what: 'exported names against scripts/surface.json' },
  { script: 'size', what: 'size budgets' },
  { script: 'coverage', what: "coverage of the core's source by the core's own tests" },
]

const results: { script: string; ok: boolean; seconds: string }[] = []
for (const { script, what } of steps) {
  console.log(`\n━━ ${script}: ${what}`)
  const started = performance.now()
  const { code } = await pnpm(['--silent', 'run', script])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  results.push({ script, ok: code === 0, seconds })
  console.log(code === 0 ? `   ok, ${seconds} s` : `   FAILED (exit code ${code}), ${seconds} s`)
}

console.log('\n━━ summary')
for (const { script, ok, seconds } of results) {
  console.log(`   ${ok ? 'ok    ' : 'FAILED'} ${script.padEnd(14)} ${seconds.padStart(6)} s`)
}
const failed = results.filter(({ ok }) => !ok).length
console.log(`${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
