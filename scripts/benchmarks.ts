// Tells the newest whole run of the benchmark in the README, and what telemetry costs in docs/observability.md, from the
// data. `pnpm bench` writes the data and the page of docs, `pnpm bench:docs` these parts.

import { newest } from './benchmarks-runs.js'
import { telemetryOverhead } from './benchmarks-telemetry.js'
import { GeneratedPart } from './page.js'

/** What is worth a line in the README. */
const SHOWN = [
  'echo32-w1-sync',
  'echo32-w16-sync',
  'echo32-w16-async',
  'echo1024-w16-sync',
  'connect',
  'broadcast',
]
const RIVALS = ['crossws-node', 'crossws-uws', 'socket.io']

function tell(): string {
  const run = newest()
  if (run === undefined) throw new Error('there is no whole run in bench/results: run `pnpm bench` first.')
  const { date, command, machine, works } = run
  const lines = works
    .filter(({ id }) => SHOWN.includes(id))
    .map(({ title, rows }) => {
      const cell = (name: string): string => {
        const ratio = rows.find(({ contestant }) => contestant === name)?.ratio
        return ratio === undefined || ratio === null ? '–' : ratio.toFixed(2)
      }
      return `| ${title} | **${cell('linkspan-ws')}** | **${cell('linkspan-uws')}** | ${RIVALS.map(cell).join(' | ')} |`
    })
  return [
    `CPU time of the server, ÷ that of the bare transport in the same run; less is better. \`${command}\`, ${date},`,
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}. All of it, and what misses its target: [Benchmarks](docs/benchmarks.md).`,
    '',
    `| | Linkspan on ws | on uWebSockets.js | ${RIVALS.join(' | ')} |`,
    `|---|---:|---:|${RIVALS.map(() => '---:|').join('')}`,
    ...lines,
  ].join('\n')
}

/** The figures in the README. */
export const benchmarks: GeneratedPart = new GeneratedPart('README.md', 'benchmarks', tell)
benchmarks.writeAsProgram(import.meta.url)
telemetryOverhead.writeAsProgram(import.meta.url)
