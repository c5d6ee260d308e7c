// A primary of node:cluster with two workers, each a server on the same port; those of uWebSockets.js, which listen past
// the primary, on one of their own each. TRANSPORT: a name of serve.ts.

import cluster from 'node:cluster'
import { once } from 'node:events'
import { linkspan } from '@linkspan/core'
import { shutdown } from '@linkspan/node'
import { say } from './say.js'
import { transports } from './serve.js'

const name = cluster.worker === undefined ? 'primary' : `worker ${cluster.worker.id}`

if (cluster.isPrimary) {
  cluster.on('exit', (worker, code) => {
    say({ gone: worker.id, code, voluntary: worker.exitedAfterDisconnect })
  })
  const workers = [cluster.fork(), cluster.fork()]
  await Promise.all(workers.map((worker) => once(worker, 'message')))
} else {
  // Which worker a connection goes to is the primary's choice.
  const app = linkspan().message((conn) => void conn.send(name))
  const serve = transports[process.env['TRANSPORT'] ?? 'ws']
  if (serve === undefined) throw new Error('TRANSPORT is none of ours')
  const { server, port } = await serve(app)
  tell(shutdown({ apps: [app], servers: [server] }))
  say({ port })
  process.send?.('listening')
}
if (cluster.isPrimary) {
  tell(shutdown({ grace: 35_000 }))
  say({ primary: process.pid })
}

function tell(stopping: ReturnType<typeof shutdown>): void {
  void stopping.done.then(({ clean, connections, steps }) => {
    say({
      end: name,
      clean,
      closed: connections.closed,
      steps: steps.map((step) => [step.name, step.outcome]),
    })
  })
}
