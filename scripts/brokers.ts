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
      ['through', 'p50, ms', 'p99, ms', ...both('a second', 'µs', 'in a batch')],
      all.map(({ figures: { title, works } }) => [
        title,
        number(works.light.p50),
        number(works.light.p99),
        ...[works.single, works.batched].flatMap((work) => [
          number(work.rate),
          costs(work),
          number(work.batch),
        ]),
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
    all.map(provenance).join('\n'),
  ].join('\n\n')
}

function both(...heads: readonly string[]): readonly string[] {
  return ['one a publish', 'batched'].flatMap((how) => heads.map((head) => `${how}: ${head}`))
}

function costs({ cpu: { sender, receiver, engine } }: Measured): string {
  if (receiver === undefined) return `${number(sender)} both`
  return `${number(sender)} + ${number(receiver)}, engine ${number(engine)}`
}

function outageCells(outage: Outage | undefined): readonly string[] {
  if (outage === undefined) return ['–', '–', '–', '–']
  const { noticed, back, sent, lost, gaps, counted } = outage
  const seconds = (milliseconds: number): string =>
    `${(milliseconds / 1_000).toFixed(milliseconds < 100 ? 2 : 1)} s`
  return [
    `${seconds(noticed.sender)}, ${seconds(noticed.receiver)}`,
    seconds(back),
    `${lost.toLocaleString('en')} of ${sent.toLocaleString('en')}`,
    `${gaps} × \`gap\`${counted > 0 ? `, ${counted.toLocaleString('en')} counted` : ''}`,
  ]
}

function provenance({ command, date, machine, figures }: Recorded<BrokerFigures>): string {
  const { title, version, load, pinned } = figures
  const engine = version === '' ? title : `${title} (${version})`
  return `- ${engine}: \`${command}\`, ${date}, ${machine}; load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after${pinned ? '; a core for each node' : ''}.`
}

/** The tables in docs/brokers.md. */
export const brokers: GeneratedPart = new GeneratedPart('docs/brokers.md', 'brokers', tell)
brokers.writeAsProgram(import.meta.url)
