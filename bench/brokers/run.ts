// `pnpm bench:brokers`: what the way from one node to another costs through each engine, and what its outages do. Every
// engine runs in processes of its own, started for this; those that are not installed are named. Writes
// docs/data/brokers; `pnpm brokers:docs` and `pnpm scale:docs` tell them in the pages.
//
//   --only A,B   these engines
//   --quick      shorter; for a look, and without writing anything

import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { record } from '../../reliability/runs/record.js'
import { here, pinned } from '../processes.js'
import { children } from './engine-time.js'
import { CANDIDATES, type Candidate, type Engine } from './engines.js'
import { type Outages, outages } from './outages.js'
import { compileNode, Pair } from './pair.js'
import { LIGHT_RATE, type Times, TOPICS, type Works, works } from './works.js'

/** What is written down of one engine. */
export interface BrokerFigures {
  readonly engine: string
  readonly title: string
  readonly version: string
  /** The machine's load average of the last minute, before and after. */
  readonly load: { readonly before: number; readonly after: number }
  /** Whether the two nodes had a core each. */
  readonly pinned: boolean
  readonly size: number
  readonly works: Works
  readonly outages: Outages
}

interface Running {
  readonly candidate: Candidate
  readonly version: string
  readonly engine: Engine
  readonly pair: Pair
  /** The engine's. */
  readonly processes: readonly number[]
}

const FULL: Times = { light: 4_000, flood: 2_500, warm: 700 }
const QUICK: Times = { light: 1_000, flood: 700, warm: 300 }

const { values } = parseArgs({
  // pnpm hands on the `--` before its arguments.
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
// Whoever interrupts it, or an error, leaves no engine running.
process.on('exit', () => {
  for (const id of children()) process.kill(id, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const only = values.only?.split(',')
const before = load()

await compileNode()
const running: Running[] = []
try {
  await startAll()
  const worth = new Map<Running, Works>()
  // One after the other, so that none is in another one's way; outages are mostly waiting.
  for (const one of running) {
    const measured = await works(one, values.quick ? QUICK : FULL)
    worth.set(one, measured)
    tell(one, measured)
  }
  await Promise.all(
    running.map(async (one) => {
      const suffered = await outages(one.pair, one.engine)
      for (const [what, { noticed, up, back, sent, lost, gaps }] of Object.entries(suffered)) {
        console.log(
          `${one.candidate.title}, ${what}: noticed after ${noticed.sender.toFixed(0)} and ${noticed.receiver.toFixed(0)} ms, up after ${up.sender.toFixed(0)} and ${up.receiver.toFixed(0)}, back after ${back.toFixed(0)} ms; ${lost} of ${sent} lost, ${gaps} gaps told`,
        )
      }
      const measured = worth.get(one)
      if (!values.quick && measured !== undefined) write(one, measured, suffered)
    }),
  )
} finally {
  await Promise.all(
    running.map(async ({ pair, engine }) => {
      await pair.stop()
      await engine.stop()
    }),
  )
}

/** Engines are started one after the other, to know which processes belong to which. */
async function startAll(): Promise<void> {
  for (const candidate of CANDIDATES.filter(({ id }) => only?.includes(id) ?? true)) {
    const version = candidate.version()
    if (version === undefined) {
      console.error(`${candidate.title}: not installed, and not measured.`)
      continue
    }
    const others = children()
    const engine = await candidate.start()
    const processes = children().filter((id) => !others.includes(id))
    try {
      const pair = await Pair.start(candidate.id, engine.address, TOPICS)
      running.push({ candidate, version, engine, pair, processes })
    } catch (thrown) {
      await engine.stop()
      throw thrown
    }
  }
}

function tell({ candidate }: Running, { light, single, batched }: Works): void {
  const costs = [single, batched].map(({ rate, batch, cpu }) => {
    const { sender, receiver = 0, engine = 0 } = cpu
    return `${Math.round(rate).toLocaleString('en')}/s in batches of ${batch.toFixed(1)} (µs: ${sender.toFixed(1)} + ${receiver.toFixed(1)}, engine ${engine.toFixed(1)})`
  })
  console.log(
    `${candidate.title}: p50 ${light.p50?.toFixed(2)} ms, p99 ${light.p99?.toFixed(2)} ms at ${LIGHT_RATE}/s; ${costs.join('; ')}`,
  )
}

function write({ candidate, version }: Running, measured: Works, suffered: Outages): void {
  const { id, title } = candidate
  const figures: BrokerFigures = {
    engine: id,
    title,
    version,
    load: { before, after: load() },
    pinned,
    size: 256,
    works: measured,
    outages: suffered,
  }
  record(join(here, '../docs/data/brokers', `${id}.json`), 'bench:brokers', figures)
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}
