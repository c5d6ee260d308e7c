// `pnpm simulate --seeds 10000 --from 1`: as many random lives of a whole application, the invariants checked after
// every step. `--app sessions`: an application with sessions in a store that fails. `--recording FILE`: one real client's life,
// whatever happens around it. `--seed N` replays one of them, to the byte. `--json FILE` writes the figures down.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Recording } from '@linkspan/core'
import { type SimulateOptions, scenario, shrink, simulate } from '@linkspan/testing'
import { helped, words } from '../reliability/runs/command-line.js'
import { record } from '../reliability/runs/record.js'
import { busyApp } from './app.js'
import { sessionApp } from './sessions.js'

helped(`pnpm simulate [--app busy|sessions] [--seeds 1000] [--from 1] [--seed N] [--steps 150] [--clients 8]
              [--recording FILE] [--json FILE]

  --app        what is simulated: a busy application, or one with sessions in a store that fails
  --seeds      how many lives, and --from which seed on
  --seed       one of them again, with every step it took
  --recording  the life of a real client in place of random ones: a file with what app.recording(id) has
  --json       writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    app: { type: 'string', default: 'busy' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '150' },
    clients: { type: 'string', default: '8' },
    recording: { type: 'string' },
    json: { type: 'string' },
  },
})

const print = (line = ''): void => void process.stdout.write(`${line}\n`)
const app = { busy: busyApp, sessions: sessionApp }[values.app]
if (app === undefined) throw new Error('--app takes busy or sessions.')
const recorded = values.recording === undefined ? {} : scenario(recordingIn(values.recording))
const setup = (seed: number): SimulateOptions => ({
  app,
  seed,
  steps: Number(values.steps),
  clients: Number(values.clients),
  ...recorded,
})

if (values.seed === undefined) await many(Number(values.from), Number(values.seeds))
else await one(Number(values.seed))

function recordingIn(file: string): Recording {
  const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording
  if (recording.version === 1) return recording
  throw new Error(`${file} is no recording: write JSON.stringify(app.recording(id)) into it.`)
}

async function one(seed: number): Promise<void> {
  const report = await simulate(setup(seed))
  for (const line of report.trace) print(line)
  print(
    report.violations.length === 0
      ? `seed ${seed}: everything held.`
      : `seed ${seed}: ${report.violations[0]}`,
  )
  if (report.violations.length > 0) process.exitCode = 1
}

async function many(from: number, seeds: number): Promise<void> {
  const totals = {
    steps: 0,
    connections: 0,
    opened: 0,
    rejected: 0,
    received: 0,
    latency: 0,
    failure: 0,
    hang: 0,
  }
  const began = performance.now()
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violations, schedule, counts } = await simulate(setup(seed))
    if (violations.length > 0) return explain(seed)
    totals.steps += schedule.length
    for (const key of ['connections', 'opened', 'rejected', 'received'] as const) totals[key] += counts[key]
    for (const key of ['latency', 'failure', 'hang'] as const) totals[key] += counts.faults[key]
    const done = seed - from + 1
    if (done % Math.ceil(seeds / 20) === 0)
      print(`${String(done).padStart(8)} of ${seeds} seeds, everything held`)
  }
  const seconds = (performance.now() - began) / 1_000
  print()
  print('| what | how many |')
  print('|---|---|')
  print(`| seeds | ${seeds}, from ${from} |`)
  for (const [name, count] of Object.entries(totals)) print(`| ${name} | ${count} |`)
  print(`| violations | 0 |`)
  print(`| seconds | ${seconds.toFixed(1)} |`)
  if (values.json !== undefined) {
    const figures = { seeds, from, ...totals, violations: 0, seconds: Math.round(seconds * 10) / 10 }
    record(values.json, 'simulate', figures)
  }
}

async function explain(seed: number): Promise<void> {
  print(`seed ${seed} fails; making it short …`)
  const { violations, schedule, trace } = await shrink(setup(seed))
  print()
  for (const line of trace) print(line)
  print()
  print(`seed ${seed}: ${violations[0]}`)
  print(
    `${schedule.length} steps are enough. The whole run again: pnpm simulate${values.app === 'busy' ? '' : ` --app ${values.app}`}${values.recording === undefined ? '' : ` --recording ${values.recording}`} --seed ${seed}`,
  )
  process.exitCode = 1
}
