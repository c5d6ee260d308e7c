// `pnpm leak --connections 100000 --transport ws,uws`: opens as many connections, half of which are aborted inside the
// handshake, and compares what the server's process holds before and after. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { helped, transportsOf, wholeOf, words } from './runs/command-line.js'
import { leak } from './runs/leak.js'
import { record } from './runs/record.js'

helped(`pnpm leak [--connections 100000] [--transport ws,uws] [--json FILE]

  --connections  half of them are aborted inside the handshake, half echo and close
  --transport    all, or some of ws,express,koa,fastify,uws
  --json         writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    connections: { type: 'string', default: '100000' },
    transport: { type: 'string', default: 'ws,uws' },
    json: { type: 'string' },
  },
})

const connections = wholeOf('connections', values.connections)
const reports = []
for (const transport of transportsOf(values.transport)) {
  const report = await leak({ transport, connections })
  reports.push(report)
  const { before, after, growth, growthPerConnection, seconds, problems } = report
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1_024)} KiB`
  console.log(
    `${transport.padEnd(8)} ${connections} connections in ${seconds} s: heap ${kilobytes(before.heapUsed)} → ` +
      `${kilobytes(after.heapUsed)} (${kilobytes(growth)}, ${growthPerConnection} bytes each), ` +
      `${problems.length === 0 ? 'nothing left behind' : `${problems.length} problems`}`,
  )
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
if (values.json !== undefined) record(values.json, 'leak', { connections, reports })
