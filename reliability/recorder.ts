// `pnpm --dir reliability recorder`: what a flight recorder costs, in bytes a connection and, with `--cpu`, in CPU time a
// message. `--json FILE` writes the figures down.

import { parseArgs } from 'node:util'
import { recorderCost } from './recorder/cost.js'
import { recorderBytes } from './recorder/memory.js'
import { helped, wholeOf, words } from './runs/command-line.js'
import { record } from './runs/record.js'

helped(`pnpm --dir reliability recorder [--connections 10000] [--rounds 5] [--cpu] [--json FILE]

  --connections  how many are open at once, without a recorder and with one
  --rounds       the middle of so many is told
  --cpu          measures what an echo costs a server of ws, too: a quarter of a minute a round
  --json         writes the figures down`)

const { values } = parseArgs({
  args: words,
  options: {
    connections: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    cpu: { type: 'boolean', default: false },
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

const costs = []
for (const window of values.cpu ? [1, 16] : []) {
  const cost = await recorderCost(window, rounds)
  costs.push({ window, ...cost })
  const nanoseconds = (value: number): string => `${Math.round(value * 1_000)} ns`
  console.log(
    `echo over ws, window ${window}: ${nanoseconds(cost.off)} a message without, ${nanoseconds(cost.on)} with one: ` +
      `${cost.ratio < 1 ? '' : '+'}${((cost.ratio - 1) * 100).toFixed(1)} % (${cost.spread.map((ratio) => `${((ratio - 1) * 100).toFixed(1)} %`).join(' to ')})`,
  )
}
if (values.json !== undefined)
  record(values.json, '--dir reliability recorder', { connections, off, on, over, costs })
