// Tells what `pnpm bench:brokers` has measured, from docs/data/brokers. `pnpm brokers:docs` writes it into docs/brokers.md;
// a test beside the docs fails when the page and its data differ.

import type { Outage } from '../bench/brokers/outages.js'
import type { BrokerFigures } from '../bench/brokers/run.js'
import type { Measured } from '../bench/brokers/works.js'
import type { Recorded } from '../reliability/runs/record.js'
import { figuresOf, table } from './figures.js'
import { GeneratedPart } from './page.js'

/** What has to be measured, by the names of the files, in the order of the tables. */
export const ENGINES: readonly string[] = [
  'memory',
  'redis-ioredis',
  'redis-node-redis',
  'redis-sharded',
  'nats',
  'rabbitmq',
  'kafka',
]

/** The share that has to arrive for a rate to be one. */
const KEPT_UP = 0.99

/** What was measured of an engine; `undefined`: nothing yet. */
export function brokerFigures(engine: string): Recorded<BrokerFigures> | undefined {
  return figuresOf<BrokerFigures>(engine, 'brokers')
}

/** A number as pages show it: three digits count. */
export function number(value: number | undefined | null): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '–'
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function tell(): string {
  const all = ENGINES.flatMap((engine) => brokerFigures(engine) ?? [])
  if (all.length === 0) return 'Not measured yet: `pnpm bench:brokers`.'
  return [
    table(
      ['through', 'p50', 'p99', 'one a publish', 'µs', 'batched', 'µs', 'in a batch'],
      all.map(({ figures: { title, works } }) => [
        title,
        time(works.light.p50),
        time(works.light.p99),
        rate(works.single),
        costs(works.single),
        rate(works.batched),
        costs(works.batched),
        Math.round(works.batched.batch),
      ]),
    ),
    table(
      ['through', 'killed: noticed', 'back', 'lost', 'told', 'paused: noticed', 'back', 'lost', 'told'],
      all
        .filter(({ figures: { outages } }) => outages.killed !== undefined || outages.paused !== undefined)
        .map(({ figures: { title, outages } }) => [
          title,
          ...outageCells(outages.killed),
          ...outageCells(outages.paused),
        ]),
    ),
    provenance(all),
  ].join('\n\n')
}

/** What an engine did not keep up with has no rate: what was lost was quick. */
function rate({ rate: messages, arrived }: Measured): string {
  if (arrived < KEPT_UP) return `lost ${Math.round((1 - arrived) * 100)} %`
  return `${number(messages)} a second`
}

function costs({ arrived, cpu: { sender, receiver, engine } }: Measured): string {
  if (arrived < KEPT_UP) return '–'
  if (receiver === undefined) return `${number(sender)} for both`
  return `${number(sender)} + ${number(receiver)}, ${number(engine)}`
}

function outageCells(outage: Outage | undefined): readonly string[] {
  if (outage === undefined) return ['–', '–', '–', '–']
  const { noticed, back, sent, lost, gaps, counted } = outage
  return [
    `${time(noticed.sender)}, ${time(noticed.receiver)}`,
    time(back),
    `${lost.toLocaleString('en')} of ${sent.toLocaleString('en')}`,
    `${gaps} × \`gap\`${counted > 0 ? `, ${counted.toLocaleString('en')} counted` : ''}`,
  ]
}

function time(milliseconds: number | undefined): string {
  if (milliseconds === undefined || milliseconds < 1_000) return `${number(milliseconds)} ms`
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

/** Of each run: what it was, where, and how busy the machine was. */
function provenance(all: readonly Recorded<BrokerFigures>[]): string {
  const runs = new Map<string, Recorded<BrokerFigures>[]>()
  for (const one of all) {
    const { command, date, machine, figures } = one
    const cores = figures.pinned ? ', a core for each node' : ''
    const run = `\`${command}\`, ${date}: ${machine}${cores}; load average ${figures.load.before.toFixed(2)} before`
    runs.set(run, [...(runs.get(run) ?? []), one])
  }
  return [...runs]
    .map(([run, ones]) => {
      const busiest = Math.max(...ones.map(({ figures }) => figures.load.after))
      const versions = [...new Set(ones.flatMap(({ figures: { version } }) => version || []))]
      return `Measured with ${run}, ${busiest.toFixed(2)} at most after it. ${versions.join(', ')}.`
    })
    .join('\n')
}

/** The tables in docs/brokers.md. */
export const brokers: GeneratedPart = new GeneratedPart('docs/brokers.md', 'brokers', tell)
brokers.writeAsProgram(import.meta.url)
