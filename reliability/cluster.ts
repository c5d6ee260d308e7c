// `pnpm chaos:cluster --engine redis --seconds 30 --seed 7`: three nodes in processes of their own, a hundred clients at each,
// and a real engine between them that is killed, paused and restarted; nodes are cut off, held up and killed. Afterwards
// everything that is promised is held against what everybody heard. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { type EngineName, engineNames, isEngine } from './cluster/engine-names.js'
import { missing } from './cluster/engines.js'
import { type ClusterReport, cluster } from './cluster/run.js'
import { helped, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'

helped(`pnpm chaos:cluster [--engine all] [--seconds 30] [--seed 1] [--json FILE]

  --engine   all, or some of ${engineNames.join(',')}
  --seconds  how long faults go on, for each engine; every kind comes once at least
  --seed     who does what, and what fails: the same seed makes the same choices
  --json     writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    engine: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})

const seconds = wholeOf('seconds', values.seconds)
const seed = wholeOf('seed', values.seed)
const reports: ClusterReport[] = []
for (const engine of enginesOf(values.engine)) {
  const absent = missing[engine]
  if (absent !== undefined) throw new Error(absent)
  console.log(`${engine}:`)
  const report = await cluster({ engine, seconds, seed, tell: (line) => console.log(line) })
  reports.push(report)
  for (const [kind, why] of Object.entries(report.spared)) console.log(`  not done: ${kind}: ${why}`)
  for (const problem of report.problems.slice(0, 20)) console.log(`  ${problem}`)
  if (report.problems.length > 0) process.exitCode = 1
}
console.log()
row(
  'engine',
  'said',
  'promised',
  'missed, told',
  'heard',
  'gaps',
  'outages',
  'wasted',
  'ghosts ms',
  'problems',
)
for (const one of reports) {
  const { engine, said, promised, missed, heard, gaps, outages, islands, ghosts, problems } = one
  row(engine, said, promised, missed, heard, gaps, outages, islands.wasted, ghosts, problems.length)
}
if (values.json !== undefined) record(values.json, 'chaos:cluster', { seconds, seed, reports })

function row(...cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => String(cell).padStart(12)).join(' '))
}

function enginesOf(list: string): readonly EngineName[] {
  if (list === 'all') return engineNames
  return list.split(',').map((name) => {
    if (isEngine(name)) return name
    throw new Error(`--engine takes all, or some of ${engineNames.join(', ')}; not ${name}`)
  })
}
