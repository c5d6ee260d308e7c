import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.js'
import type { Machine } from './machine.js'
import { here } from './processes.js'
import type { Outcome } from './rounds.js'
import { type Row, rowsOf } from './table.js'
import { type Verdict, verdicts } from './targets.js'

const root = join(here, '..')

/** A run, as it is told. */
export interface Run {
  readonly name: string
  readonly date: string
  /** What was typed. */
  readonly command: string
  readonly machine: Machine
  readonly rounds: number
  readonly outcomes: readonly Outcome[]
  /** Some works or servers were left out: that makes no page. */
  readonly partial: boolean
}

/** Writes what was measured as data, and of a whole run a page with charts. Tells the files. */
export function write(run: Run): readonly string[] {
  const images = join(root, 'docs/images')
  mkdirSync(images, { recursive: true })
  mkdirSync(join(here, 'results'), { recursive: true })
  const data = join(here, 'results', `${run.date}-${run.name}.json`)
  const page: [string, string][] = [
    [join(root, 'docs/benchmarks.md'), pageOf(run)],
    ...run.outcomes.map((outcome): [string, string] => [
      join(images, `bench-${outcome.work.id}.svg`),
      chart(outcome.work, rowsOf(outcome)),
    ]),
  ]
  const files = [[data, `${JSON.stringify(dataOf(run), null, 2)}\n`] as const, ...(run.partial ? [] : page)]
  for (const [file, text] of files) writeFileSync(file, text)
  return files.map(([file]) => file)
}

function dataOf({ outcomes, ...run }: Run): unknown {
  return {
    ...run,
    works: outcomes.map((outcome) => {
      const { work, samples, repeated, disturbed } = outcome
      const { id, title, unit, measure } = work
      return { id, title, unit, measure, repeated, disturbed, rows: rowsOf(outcome), samples }
    }),
    targets: verdicts(outcomes),
  }
}

function pageOf({ date, command, machine, rounds, outcomes }: Run): string {
  const { processor, cores, memory, system, node, pinned, load, busy } = machine
  return `# Benchmarks

What a message, a connection, a broadcast costs the *server*: its process's CPU time, divided by what it did. Bare \`ws\`
and bare uWebSockets.js, what stands on them, and Linkspan are measured in the same run, one after the other, round by
round; each measurement has processes of its own, warmed up first. \`pnpm bench\` repeats all of it, \`pnpm bench --quick\`
a part in three minutes. This page is written by it.

\`${command}\`, ${date}: ${processor}, ${cores} cores, ${memory}; ${system}; Node ${node}. Load average before: ${busy}. ${pinned ? 'Server and load had a core each' : 'Server and load shared the cores'}; the load
is a ${load} program over raw TCP on 127.0.0.0/8. Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; ± is half of the range of the rounds' ratios.

\`linkspan-…\` checks the origin, authenticates, adds data in a middleware of its own, and runs a message middleware
before the handler. \`linkspan-…-minimal\` has only the handler; the others do nothing but what is measured. Bytes of an
idle connection are those of the second half of the connections opened: what a process grows once is left out.

## Targets

${targetTable(verdicts(outcomes))}
${readFileSync(join(here, 'misses.md'), 'utf8')}
${contextSection(outcomes)}${outcomes.map(sectionOf).join('\n')}`
}

function targetTable(all: readonly Verdict[]): string {
  return table(
    ['what', 'on', 'target', 'measured', ''],
    all.map(({ title, on, says, measured, met }) => [
      title,
      on,
      says,
      number(measured),
      met ? 'met' : 'missed',
    ]),
  )
}

const CONTEXT = '-context'

/** What `asyncContext()` costs: ours with it, beside ours without it. */
function contextSection(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap((outcome) => {
    const all = rowsOf(outcome)
    return all
      .filter(({ contestant }) => contestant.endsWith(CONTEXT))
      .map(({ contestant, figures }) => {
        const name = contestant.slice(0, -CONTEXT.length)
        const plain = all.find((row) => row.contestant === name)?.figures.cpu ?? Number.NaN
        const cpu = figures.cpu ?? Number.NaN
        return [outcome.work.title, name, number(plain), number(cpu), number(cpu - plain)]
      })
  })
  return `## What an ambient context costs

\`linkspan({ context: asyncContext() })\`, and a value of AsyncLocalStorage set around \`next()\`: µs a message, medians. A
difference that is smaller than the ± of the tables below is none that was measured.

${table(['what', 'server', 'without', 'with it', 'difference'], rows)}`
}

function sectionOf(outcome: Outcome): string {
  const { id, title, unit, measure } = outcome.work
  const disturbed = outcome.disturbed > 0 ? `\n${outcome.disturbed} of the rounds were disturbed.\n` : ''
  return `
## ${title[0]?.toUpperCase()}${title.slice(1)}

![${title}](images/bench-${id}.svg)
${disturbed}
${measure === 'rss' ? memoryTable(rowsOf(outcome)) : costTable(rowsOf(outcome), unit)}`
}

function costTable(rows: readonly Row[], unit: string): string {
  const stalls = rows.some(({ figures }) => figures.stall !== undefined)
  const times = rows.some(({ figures }) => figures.p99 !== undefined)
  return table(
    [
      'server',
      `µs a ${unit}`,
      '÷ bare',
      '±',
      ...(times ? [`${unit === 'delivery' ? 'deliveries' : `${unit}s`} a second`, 'p50 µs', 'p99 µs'] : []),
      ...(stalls ? ['longest stall, ms', 'seconds'] : []),
    ],
    rows.map(({ contestant, bare, figures, ratio, spread }) => [
      contestant,
      number(figures.cpu),
      contestant === bare ? '' : `${number(ratio)} × ${bare}`,
      contestant === bare ? '' : `${(100 * spread).toFixed(0)} %`,
      ...(times ? [number(figures.rate), number(figures.p50), number(figures.p99)] : []),
      ...(stalls ? [number(figures.stall), number(figures.seconds)] : []),
    ]),
  )
}

function memoryTable(rows: readonly Row[]): string {
  return table(
    ['server', 'RSS, bytes each', 'heap, bytes each', '÷ bare'],
    rows.map(({ contestant, bare, figures, ratio }) => [
      contestant,
      number(figures.rss),
      number(figures.heap),
      contestant === bare ? '' : `${number(ratio)} × ${bare}`,
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map((_, index) => (index === 0 ? '---' : '---:'))) + rows.map(line).join('')
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}

/** The targets and what was measured, for a terminal. */
export function tellTargets(outcomes: readonly Outcome[]): string {
  return verdicts(outcomes)
    .map(
      ({ title, on, says, measured, met }) =>
        `${met ? 'met   ' : 'MISSED'} ${on.padEnd(4)} ${title.padEnd(48)} ${number(measured).padStart(8)}   ${says}`,
    )
    .join('\n')
}
