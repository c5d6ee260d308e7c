// `pnpm chaos --connections 2000 --seed 1 --transport all`: a storm of clients over real sockets, each transport's server
// in a process of its own; afterwards everything that is promised must have held. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { chaos } from './runs/chaos.js'
import { helped, transportsOf, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'

helped(`pnpm chaos [--connections 2000] [--seed 1] [--transport all] [--json FILE]

  --connections  clients, a hundred at once, against the server of each transport
  --seed         which clients, and when they do what: the same seed makes the same storm
  --transport    all, or some of ws,express,koa,fastify,uws
  --json         writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    connections: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    transport: { type: 'string', default: 'all' },
    json: { type: 'string' },
  },
})

const connections = wholeOf('connections', values.connections)
const seed = wholeOf('seed', values.seed)
const storms = []
for (const transport of transportsOf(values.transport)) {
  const storm = await chaos({ transport, connections, seed })
  storms.push(storm)
  const outcome = storm.problems.length === 0 ? 'everything held' : `${storm.problems.length} problems`
  console.log(`${transport.padEnd(8)} ${connections} connections in ${storm.seconds} s: ${outcome}`)
  for (const problem of storm.problems) console.log(`  ${problem}`)
  if (storm.problems.length > 0) process.exitCode = 1
}
if (values.json !== undefined) record(values.json, 'chaos', { connections, seed, storms })
