// The benchmark, half an hour and more: `pnpm build`, then `pnpm bench`.
//
//   --quick            a part of it, in three minutes
//   --only TEXT        no page: only works whose id contains one of these, separated by commas: echo32, connect, idle, broadcast, telemetry, …
//   --servers A,B      no page: only these contestants
//   --rounds N
//   --idle N,N         how many connections are idle, one work each
//   --name NAME        of the results' file
//   --profile NAME     runs one contestant under the CPU profiler instead, and tells where its time went

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CONTESTANTS } from './contestants.js'
import { prepareLoad } from './load.js'
import { machine } from './machine.js'
import { compile, here, mostConnections } from './processes.js'
import { profile } from './profile.js'
import { tellTargets, write } from './report.js'
import { measure, type Outcome } from './rounds.js'
import type { Scale } from './work.js'
import { worksAt } from './works.js'

const { values: given } = parseArgs({
  // pnpm hands on the `--` before its arguments.
  args: process.argv.slice(2).filter((each) => each !== '--'),
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    servers: { type: 'string' },
    rounds: { type: 'string' },
    idle: { type: 'string' },
    name: { type: 'string' },
    profile: { type: 'string' },
  },
})

const FULL: Scale = { rounds: 5, warm: 250, time: 400, idle: [10_000, 20_000], everybody: true }
const QUICK: Scale = { rounds: 1, warm: 250, time: 400, idle: [4_000], everybody: false }

if (!existsSync(join(here, '../packages/uws/dist/index.js'))) {
  console.error('Not built: run `pnpm build` first.')
  process.exit(1)
}
const chosen = given.quick ? QUICK : FULL
const scale: Scale = {
  ...chosen,
  rounds: Number(given.rounds ?? chosen.rounds),
  idle: given.idle?.split(',').map(Number) ?? chosen.idle,
}
const { only } = given
const wanted = only.split(',')
const works = worksAt(scale).filter(({ id }) => wanted.some((text) => id.includes(text)))
const names = given.servers?.split(',')
await compile()
const host = machine(prepareLoad())
console.log(
  `${host.processor}, ${host.cores} cores, ${host.memory}, ${host.system}, Node ${host.node}, load average ${host.busy}; ` +
    `load in ${host.load}${host.pinned ? '' : '; not pinned to cores'}`,
)
if (mostConnections < 20_000)
  console.log(`At most ${mostConnections} connections here: ulimit -n allows no more.`)

if (given.profile === undefined) await run()
else await tellProfiles(given.profile)

async function run(): Promise<void> {
  const outcomes: Outcome[] = []
  for (const work of works) {
    console.log(work.title)
    outcomes.push(await measure(work, scale, (name) => names?.includes(name) ?? true))
  }
  const partial = only !== '' || names !== undefined
  const whole = given.quick ? 'quick' : 'full'
  // A part must not take the place of the whole of the same day.
  const name = given.name ?? (partial ? only.replaceAll(',', '-') || 'part' : whole)
  const date = new Date().toISOString().slice(0, 10)
  const command = ['pnpm bench', ...process.argv.slice(2).filter((each) => each !== '--')].join(' ')
  const files = write({ name, date, command, machine: host, rounds: scale.rounds, outcomes, partial })
  console.log(`\n${tellTargets(outcomes)}\n\n${files.join('\n')}`)
}

async function tellProfiles(name: string): Promise<void> {
  const contestant = CONTESTANTS.find((each) => each.name === name)
  if (contestant === undefined)
    throw new Error(`no such server: ${CONTESTANTS.map((each) => each.name).join(', ')}`)
  for (const work of works)
    console.log(`\n${name}: ${work.title}\n${await profile(work, contestant, scale.time)}`)
}
