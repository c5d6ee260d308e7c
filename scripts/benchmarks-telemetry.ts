import { type MeasuredWork, newest, type Results, type Row } from './benchmarks-runs.js'
import { GeneratedPart } from './page.js'

const [ONE, MANY, IDLE] = ['telemetry-w1-sync', 'telemetry-w16-sync', 'telemetry-idle'] as const
const BASE = 'linkspan-ws-unobserved'
const RECORDER = 'linkspan-ws-recorder'

/** What is in a line, and what that is compared with. */
const LINES: readonly (readonly [contestant: string, what: string, beside?: string])[] = [
  [BASE, 'nothing'],
  [`${BASE}-again`, 'nothing, measured once more', 'nothing'],
  ['linkspan-ws-metrics', 'metrics', 'nothing'],
  [RECORDER, 'flight recorder', 'nothing'],
  ['linkspan-ws-ambient', '`asyncContext()` alone', 'nothing'],
  ['linkspan-ws-traces', 'traces, with `asyncContext()`', '`asyncContext()`'],
  ['linkspan-ws-all', 'all three, with `asyncContext()`', '`asyncContext()`'],
]

function tell(): string {
  const run = newest(({ works }) =>
    [ONE, MANY, IDLE].every((id) => works.some((work) => work.id.startsWith(id))),
  )
  if (run === undefined)
    throw new Error('telemetry was not measured: run `pnpm bench --only telemetry` first.')
  const { command, date, machine, rounds } = run
  const [one, many, idle] = [workOf(run, ONE), workOf(run, MANY), workOf(run, IDLE)]
  return [
    `\`${command}\`, ${date}: ${machine.processor}, ${machine.cores} cores, Node ${machine.node}. CPU time of the server on \`ws\` with a`,
    'realistic pipeline for each message that is echoed, with one message of a client under way at a time, and with sixteen,',
    `which come and go together. Medians of ${rounds} rounds, in which all of them took turns; ± is half of the range. The second`,
    'line is the first one again: what differs by no more than that is no difference. Metrics are scraped every second; of',
    'the messages one of a hundred is traced, and sent by OTLP. Traces want an ambient context, and are compared with the',
    'same application that has one.',
    '',
    '| | one, µs | more than | | sixteen, µs | | wanted |',
    '|---|---:|---|---:|---:|---:|---|',
    ...LINES.map(([contestant, what, beside]) => {
      const [cost, more] = cells(rowOf(one, contestant))
      const [costOfMany, moreOfMany] = cells(rowOf(many, contestant))
      const shown = beside === undefined ? ['', '', ''] : [beside, more, moreOfMany]
      return `| ${what} | ${cost} | ${shown[0]} | ${shown[1]} | ${costOfMany} | ${shown[2]} | ${wanted(run, contestant)} |`
    }),
    '',
    tellMemory(run, idle),
  ].join('\n')
}

/** The µs of a message, and what they are more than what they are compared with. */
function cells({ figures, ratio, spread }: Row): readonly [cost: string, more: string] {
  const percent = 100 * ((ratio ?? Number.NaN) - 1)
  const sign = percent < 0 ? '−' : '+'
  const more = `${sign}${Math.abs(percent).toFixed(1)} % ± ${(100 * (spread ?? 0)).toFixed(1)}`
  return [(figures.cpu ?? Number.NaN).toFixed(2), more]
}

/** What it was to be at most, and where it is more. */
function wanted({ targets, works }: Results, contestant: string): string {
  const own = targets.filter(
    ({ title }) => title.startsWith('telemetry: echo') && title.endsWith(`, ${contestant}`),
  )
  const [first] = own
  if (first === undefined) return ''
  const most = first.says.replace(' more than without', '')
  const titleOf = (id: string): string => works.find((work) => work.id === id)?.title ?? ''
  const missed = (
    [
      [ONE, 'one'],
      [MANY, 'sixteen'],
    ] as const
  )
    .filter(([id]) => own.some(({ title, met }) => !met && title.startsWith(titleOf(id))))
    .map(([, name]) => name)
  return missed.length === 0 ? most : `${most}: missed with ${missed.join(' and ')}`
}

function tellMemory({ targets }: Results, idle: MeasuredWork): string {
  const [base, again, recorder] = [BASE, `${BASE}-again`, RECORDER].map((name) => rowOf(idle, name).figures)
  const rss = (figures: Row['figures'] = {}): number => figures.rss ?? Number.NaN
  const heap = ({ heap = Number.NaN, buffers = Number.NaN }: Row['figures'] = {}): number => heap + buffers
  const bytes = (count: number): string => Math.round(count).toLocaleString('en')
  const verdicts = targets
    .filter(({ title }) => title.startsWith(idle.title))
    .map(({ says, met }) => `${says.replace(' more than without', '')} (${met ? 'met' : 'missed'})`)
  return [
    `Of ${idle.title.replace('telemetry: ', '')}, the flight recorder takes ${bytes(rss(recorder) - rss(base))} bytes each of resident memory, and`,
    `${bytes(heap(recorder) - heap(base))} of heap and buffers; nothing, measured twice, differs by ${bytes(Math.abs(rss(again) - rss(base)))} and ${bytes(Math.abs(heap(again) - heap(base)))}.`,
    `Wanted: ${verdicts.join(', ')}.`,
  ].join('\n')
}

function workOf({ works }: Results, id: string): MeasuredWork {
  const work = works.find((each) => each.id.startsWith(id))
  if (work === undefined) throw new Error(`${id} was not measured`)
  return work
}

function rowOf({ id, rows }: MeasuredWork, contestant: string): Row {
  const row = rows.find((each) => each.contestant === contestant)
  if (row === undefined) throw new Error(`${contestant} was not measured in ${id}`)
  return row
}

/** What telemetry costs, in docs/observability.md. */
export const telemetryOverhead: GeneratedPart = new GeneratedPart(
  'docs/observability.md',
  'telemetry-overhead',
  tell,
)
