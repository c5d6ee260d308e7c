// `pnpm soak --minutes 3 --transport ws,uws`: steady traffic of clients that are normal, slow, hostile or vanish, from
// several loopback addresses, and a line about the server each 10 s. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { helped, transportsOf, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'
import { soak } from './runs/soak.js'

helped(`pnpm soak [--minutes 3] [--transport ws] [--json FILE]

  --minutes    for each transport; 1440 is a day
  --transport  all, or some of ws,express,koa,fastify,uws
  --json       writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    minutes: { type: 'string', default: '3' },
    transport: { type: 'string', default: 'ws' },
    json: { type: 'string' },
  },
})

const minutes = wholeOf('minutes', values.minutes)
const reports = []
for (const transport of transportsOf(values.transport)) {
  console.log(`${transport}, ${minutes} min`)
  const report = await soak({ transport, minutes, tell: (line) => console.log(line) })
  reports.push(report)
  const { connections, messages, trend, problems } = report
  const grown = `heap ${trend < 0 ? '−' : '+'}${Math.round(Math.abs(trend) / 1_024)} KiB from the first third to the last`
  const outcome = problems.length === 0 ? 'everything held' : `${problems.length} problems`
  console.log(`${connections} connections, ${messages} messages, ${grown}: ${outcome}`)
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
if (values.json !== undefined) record(values.json, 'soak', { minutes, reports })
