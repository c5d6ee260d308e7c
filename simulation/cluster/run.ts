// `pnpm simulate:cluster --seeds 20 --nodes 50`: as many random lives of a whole fleet, on a virtual clock: nodes come, leave
// and die, are cut off and partitioned, while the engine between them refuses, loses, repeats and is late. Afterwards
// everything that was promised is held against what everybody heard. `--seed N` replays one.

import { parseArgs } from 'node:util'
import { helped, words } from '../../reliability/runs/command-line.js'
import { record } from '../../reliability/runs/record.js'
import { check } from './checks.js'
import { Fleet } from './fleet.js'
import { live } from './schedule.js'

helped(`pnpm simulate:cluster [--nodes 50] [--seeds 20] [--from 1] [--seed N] [--steps 600] [--json FILE]

  --nodes    how many nodes the fleet has at most
  --seeds    how many lives, and --from which seed on
  --seed     one of them again
  --json     writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string', default: '50' },
    steps: { type: 'string', default: '600' },
    json: { type: 'string' },
  },
})

const print = (line = ''): void => void process.stdout.write(`${line}\n`)
const nodes = Number(values.nodes)
const first = Number(values.seed ?? values.from)
const seeds = values.seed === undefined ? Number(values.seeds) : 1
const totals = {
  nodes: 0,
  visitors: 0,
  said: 0,
  heard: 0,
  missed: 0,
  waited: 0,
  late: 0,
  outages: 0,
  gaps: 0,
  died: 0,
}
const began = performance.now()
let violations = 0

for (let seed = first; seed < first + seeds && violations === 0; seed += 1) {
  const fleet = new Fleet(seed)
  await live(fleet, nodes, Number(values.steps))
  const { problems, missed, waited, late } = await check(fleet)
  const found = [...problems]
  await Promise.all([...fleet.nodes.map(({ app }) => app.drain({ grace: 100 })), fleet.clock.advance(60_000)])
  if (fleet.open > 0) found.push(`${fleet.open} nodes are still connected after all have drained`)
  if (fleet.clock.pending > 0) found.push(`${fleet.clock.pending} timers run after all have drained`)
  for (const line of found.slice(0, 20)) print(`seed ${seed}: ${line}`)
  violations += found.length
  totals.nodes += fleet.nodes.length
  totals.said += fleet.said.length
  totals.missed += missed
  totals.waited += waited
  totals.late += late
  for (const node of fleet.nodes) {
    totals.visitors += node.visitors.size
    totals.outages += node.outages.length
    totals.gaps += node.gaps.length
    totals.died += node.endedAt < Infinity ? 1 : 0
    for (const { heard } of node.visitors) totals.heard += heard.length
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  if (found.length === 0)
    print(`${String(seed - first + 1).padStart(6)} of ${seeds} seeds, everything held (${seconds} s)`)
  else
    print(
      `seed ${seed}: ${found.length} promises broken. Again: pnpm simulate:cluster --seed ${seed} --nodes ${nodes}`,
    )
}

if (violations > 0) process.exitCode = 1
else {
  print()
  print('| what | how many |')
  print('|---|---|')
  for (const [name, count] of Object.entries(totals)) print(`| ${name} | ${count} |`)
  if (values.json !== undefined)
    record(values.json, 'simulate:cluster', { seeds, from: first, size: nodes, ...totals, violations })
}
