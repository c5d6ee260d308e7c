// Runs the scenarios one after the other, and says which have passed: a crash takes the whole process with it.

import { closeServers } from '../server.js'
import { scenarios } from './scenarios.js'

const secure = process.argv[2] === 'tls'

for (const [name, run] of Object.entries(scenarios)) {
  process.stdout.write(`begin ${name}\n`)
  await run({ secure })
  await closeServers()
  process.stdout.write(`ok ${name}\n`)
}
// Sockets that their clients never end must not keep anybody.
process.exit(0)
