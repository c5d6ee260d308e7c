// `pnpm --dir reliability tenants`: one tenant uses up each of its quotas and asks for more, while another goes on as
// always; what that one waits, without and with it. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { helped, transportsOf, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'
import type { Waits } from './runs/slowdown.js'
import { tenants } from './runs/tenants.js'

helped(`pnpm --dir reliability tenants [--pairs 9] [--visits 80] [--transport ws,uws] [--json FILE]

  --pairs      rounds without and with the greedy tenant, for each of its quotas
  --visits     of the calm tenant, in each round
  --transport  all, or some of ws,express,koa,fastify,uws
  --json       writes the figures down; from the repository's folder`)

const { values } = parseArgs({
  args: words,
  options: {
    pairs: { type: 'string', default: '9' },
    visits: { type: 'string', default: '80' },
    transport: { type: 'string', default: 'ws,uws' },
    json: { type: 'string' },
  },
})

const size = { pairs: wholeOf('pairs', values.pairs), visits: wholeOf('visits', values.visits) }
const reports = []
for (const transport of transportsOf(values.transport)) {
  const report = await tenants({ transport, ...size })
  reports.push(report)
  const { visits, seconds, quotas, problems } = report
  const outcome = problems.length === 0 ? 'everything held' : `${problems.length} problems`
  console.log(`${transport.padEnd(8)} ${visits} connections of the calm tenant in ${seconds} s: ${outcome}`)
  for (const { quota, refused, words, handshakes, times, cost } of quotas) {
    console.log(
      `  ${quota.padEnd(14)} ${String(refused).padStart(6)} refused; round trip ${told(words.alone)} → ${told(words.beside)}, ` +
        `handshake ${told(handshakes.alone)} → ${told(handshakes.beside)}: p99 ×${times.all}; ` +
        `the server's work, in ms: ${cost.refusal} a refusal, ${cost.visit} a visit`,
    )
  }
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
if (values.json !== undefined) record(values.json, '--dir reliability tenants', { ...size, reports })

function told({ p50, p99 }: Waits): string {
  return `${p50} (p99 ${p99}) ms`
}
