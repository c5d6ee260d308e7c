// Tells what was done to Linkspan, and what came of it: from the suites as they are, and from the figures that
// `pnpm simulate`, `chaos`, `chaos:cluster`, `leak`, `soak`, `--dir reliability tenants` and `mutate` have written into
// docs/data/reliability. `pnpm reliability:docs` writes it into docs/reliability.md; a test beside the docs fails when the
// page and its data differ.

import type { ClusterReport } from '../reliability/cluster/run.js'
import type { ChaosReport } from '../reliability/runs/chaos.js'
import type { LeakReport } from '../reliability/runs/leak.js'
import type { SoakReport } from '../reliability/runs/soak.js'
import type { TenantsReport } from '../reliability/runs/tenants.js'
import { FAULTS } from '../reliability/test/faults.js'
import { figuresOf, table, told } from './figures.js'
import { GeneratedPart } from './page.js'
import { tellMutations } from './reliability-mutations.js'
import { AGAIN, NOT_COVERED } from './reliability-prose.js'
import { tellSuites } from './reliability-suites.js'
import { tellTenants } from './reliability-tenants.js'

interface Simulated {
  readonly seeds: number
  readonly from: number
  readonly steps: number
  readonly connections: number
  readonly opened: number
  readonly rejected: number
  readonly received: number
  readonly latency: number
  readonly failure: number
  readonly hang: number
  readonly violations: number
  readonly seconds: number
}

function tellProcesses(): string {
  return [
    '## Processes',
    [
      "Each transport's server, as a process of its own: on SIGTERM every connection gets 1012 and every newcomer 503 with",
      '`Retry-After`, releases are awaited, and it ends by itself with code 0; a second SIGTERM changes nothing. The server',
      'closed first or the application drained first: both settle, and no handle keeps the process alive.',
    ].join('\n'),
    `${Object.keys(FAULTS).length} bugs in user code were planted, each on each transport. None ends the process or harms a neighbour:`,
    table(
      ['bug', 'what the client sees', 'what is told'],
      Object.entries(FAULTS).map(([bug, { refused, closed, errors }]) => [
        bug,
        refused !== undefined ? `HTTP ${refused}` : closed !== undefined ? `close ${closed}` : 'nothing',
        errors.length === 0
          ? 'nothing'
          : [...new Set(errors)].map((code) => `\`${code}\``).join(', ') +
            (errors.length > 1 ? ` (${errors.length} events)` : ''),
      ]),
    ),
  ].join('\n\n')
}

function tellSimulation(): string {
  return told<Simulated>('## The simulator', 'simulate', (figures) => [
    [
      'A whole application with slow, failing and hanging backends, and clients that do everything a client can, all in one',
      'process under a virtual clock. Every choice comes from a seed, so that what failed once fails again; the invariants are',
      'checked after every step.',
    ].join('\n'),
    table(
      ['what', 'how many'],
      [
        ['seeds', figures.seeds],
        ['steps', figures.steps],
        ['connections', figures.connections],
        ['of these opened', figures.opened],
        ['of these refused', figures.rejected],
        ['messages received', figures.received],
        ['backend calls that were slow', figures.latency],
        ['that failed', figures.failure],
        ['that never came back', figures.hang],
        ['violations of an invariant', figures.violations],
      ],
    ),
  ])
}

function tellChaos(): string {
  type Figures = {
    readonly connections: number
    readonly seed: number
    readonly storms: readonly ChaosReport[]
  }
  return told<Figures>('## Storms', 'chaos', ({ connections, storms }) => {
    const kinds = Object.keys(storms[0]?.kinds ?? {})
    const codes = [...new Set(storms.flatMap((storm) => Object.keys(storm.codes)))].sort()
    const each = (of: (storm: ChaosReport) => number): number[] => storms.map(of)
    return [
      [
        `${connections.toLocaleString('en')} clients against each transport's server, a process of its own, over real sockets: a hundred at once, of every`,
        'kind, at random moments. Afterwards: exactly one close event for each connection, no transition that the table does not',
        'have, messages handled in order and one at a time, every resource released once and in reverse, every gauge at zero, and',
        'the process alive until it was told to end.',
      ].join('\n'),
      table(
        ['what the client did', ...storms.map(({ transport }) => transport)],
        kinds.map((kind) => [kind, ...each((storm) => storm.kinds[kind] ?? 0)]),
      ),
      table(
        ['how connections ended', ...storms.map(({ transport }) => transport)],
        codes.map((code) => [code, ...each((storm) => storm.codes[code] ?? 0)]),
      ),
      table(
        ['altogether', ...storms.map(({ transport }) => transport)],
        [
          ['messages handled', ...each(({ handled }) => handled)],
          ['resources taken, and released', ...each(({ resources }) => resources)],
          ['**broken promises**', ...each(({ problems }) => problems.length)],
        ],
      ),
    ]
  })
}

function tellCluster(): string {
  type Figures = { readonly seconds: number; readonly reports: readonly ClusterReport[] }
  return told<Figures>('## Nodes and engines', 'cluster', ({ seconds, reports }) => {
    const kinds = [...new Set(reports.flatMap(({ faults }) => Object.keys(faults)))].sort()
    const each = (of: (report: ClusterReport) => number): number[] => reports.map(of)
    const spared = reports.flatMap(({ engine, spared }) =>
      Object.entries(spared).map(([kind, why]) => `${engine}, ${kind}: ${why}.`),
    )
    return [
      [
        'Three nodes in processes of their own, a hundred clients at each over WebSockets, and a real engine between them, started',
        `for this. For ${seconds} s and more the clients speak in rooms of three tenants, join, leave and vanish, at random, while the engine is`,
        'stopped (SIGSTOP), killed and started again, a node is cut off from it or held up by a proxy between them, and a node is',
        'killed and another takes its name. Everything is written down, and then checked: nobody heard another tenant, what nobody',
        'said, anything twice, or a speaker out of order; who was in a room heard what was said there, or the node was told of a',
        'gap; nothing of a room arrived at a node that has nobody there; those of a killed node were gone with its lease; and in the',
        'end all nodes agreed on who is present.',
      ].join('\n'),
      table(
        ['', ...reports.map(({ engine }) => engine)],
        [
          ...kinds.map((kind) => [kind, ...each(({ faults }) => faults[kind] ?? 0)]),
          ['clients', ...each(({ clients }) => clients)],
          ['messages said', ...each(({ said }) => said)],
          ['messages heard', ...each(({ heard }) => heard)],
          ['of those who were there for good, had to hear', ...each(({ promised }) => promised)],
          ['did not, and the node was told', ...each(({ missed }) => missed)],
          [
            'arrived from other nodes a second time, and went no further',
            ...each(({ duplicates }) => duplicates),
          ],
          ['said in rooms of one node only', ...each(({ islands }) => islands.said)],
          ['of these, arrived at other nodes', ...each(({ islands }) => islands.wasted)],
          ['presence of a killed node, gone after at most, ms', ...each(({ ghosts }) => ghosts)],
          ['promised (lease and beat), ms', ...each(({ lease }) => lease)],
          ['**broken promises**', ...each(({ problems }) => problems.length)],
        ],
      ),
      [
        "Kafka is librdkafka's mock cluster, which speaks its protocol. There every node reads the whole topic, and what it has nobody",
        `for ends in the binding. Not done: ${spared.join(' ')}`,
      ].join('\n'),
    ]
  })
}

function tellLeaks(): string {
  type Figures = { readonly connections: number; readonly reports: readonly LeakReport[] }
  return told<Figures>('## Leaks', 'leak', ({ connections, reports }) => [
    [
      `${connections.toLocaleString('en')} connections, half of them aborted inside the handshake at varied moments, half echoing and closing. The`,
      "server's process before and after, at rest, both times after garbage collection. Open resources and listeners must be the",
      'same, gauges zero; the heap may grow by 1 MiB for what the engine itself compiles and caches, and by 10 bytes a',
      'connection: less than any object that could be forgotten.',
    ].join('\n'),
    table(
      ['transport', 'aborted', 'echoed', 'heap before', 'heap after', 'growth', 'a connection', 'problems'],
      reports.map((report) => [
        report.transport,
        report.connections.aborted,
        report.connections.echoed,
        kilobytes(report.before.heapUsed),
        kilobytes(report.after.heapUsed),
        kilobytes(report.growth),
        `${report.growthPerConnection} bytes`,
        report.problems.length,
      ]),
    ),
  ])
}

function tellSoak(): string {
  type Figures = { readonly minutes: number; readonly reports: readonly SoakReport[] }
  return told<Figures>('## Soak', 'soak', ({ minutes, reports }) => [
    [
      `Steady traffic of every kind for ${minutes} minutes, from sixteen loopback addresses, with a look at the server each 10 s.`,
      'The longest that its event loop was held up has in it whatever else ran on the machine, the clients first of all.',
    ].join('\n'),
    table(
      [
        'transport',
        'connections',
        'messages',
        'heap, first look',
        'heap, last look',
        'longest hold-up',
        'problems',
      ],
      reports.map(({ transport, connections, messages, samples, problems }) => [
        transport,
        connections,
        messages,
        kilobytes(samples[0]?.heap ?? 0),
        kilobytes(samples.at(-1)?.heap ?? 0),
        `${Math.max(...samples.map(({ delay }) => delay))} ms`,
        problems.length,
      ]),
    ),
  ])
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_024).toLocaleString('en')} KiB`
}

/** The whole page but its title. */
export function tellReliability(): string {
  return [
    'What was done to Linkspan to make it fall over, and what came of it. This page is generated from the suites and from what',
    'the programs measured; nobody typed a figure.\n',
    [
      tellSuites(),
      tellProcesses(),
      tellSimulation(),
      tellChaos(),
      tellCluster(),
      tellLeaks(),
      tellSoak(),
      tellTenants(),
      ...tellMutations(),
      AGAIN,
      NOT_COVERED,
    ].join('\n\n'),
  ].join('\n')
}

/** What was measured, by the name of its file in docs/data/reliability. */
export const measured: readonly string[] = [
  'simulate',
  'chaos',
  'cluster',
  'leak',
  'soak',
  'tenants',
  'mutation',
]

/** Broken promises in what was measured; none may be published. */
export function brokenPromises(): readonly string[] {
  type Reports = {
    readonly storms?: readonly ChaosReport[]
    readonly reports?: readonly (ClusterReport | LeakReport | SoakReport | TenantsReport)[]
  }
  return measured.flatMap((name) => {
    const { storms = [], reports = [] } = figuresOf<Reports>(name)?.figures ?? {}
    return [...storms, ...reports].flatMap(({ problems }) => problems)
  })
}

/** The page. */
export const reliability: GeneratedPart = new GeneratedPart(
  'docs/reliability.md',
  'reliability',
  tellReliability,
)
reliability.writeAsProgram(import.meta.url)
