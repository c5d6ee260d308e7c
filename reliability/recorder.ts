// `pnpm --dir reliability recorder`: what a flight recorder costs, in bytes a connection. `--json FILE` writes the figures
// down. What it costs in CPU time a message, `pnpm bench --only telemetry` measures.

import { parseArgs } from 'node:util'
import { recorderBytes } from './recorder/memory.js'
import { helped, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'

helped(`pnpm --dir reliability recorder [--connections 10000] [--rounds 5] [--json FILE]

  --connections  how many are open at once, without a recorder and with one
  --rounds       the middle of so many is told
  --json         writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    connections: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
if (globalThis.gc === undefined) throw new Error('what is garbage is not known: start it with --expose-gc.')
const connections = wholeOf('connections', values.connections)
const rounds = wholeOf('rounds', values.rounds)

const { off, on, over } = await recorderBytes(connections, rounds)
console.log(
  `${connections} connections: ${off} bytes each without a recorder, ${on} with one: ${on - off} more`,
)
console.log(`of one that is over, ${over} bytes are kept`)

if (values.json !== undefined)
  record(values.json, '--dir reliability recorder', { connections, off, on, over })
