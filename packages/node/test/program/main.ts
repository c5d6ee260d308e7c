// A server as a process of its own, which a signal ends. It prints a line of JSON for all that happens.
// TRANSPORT: a name of serve.ts. RELEASE: what each connection does at its end, RELEASE_TIME: how long that may take, in ms.
// RETRY_AFTER: in seconds.

import { linkspan } from '@linkspan/core'
import { shutdown } from '@linkspan/node'
import { say } from './say.js'
import { transports } from './serve.js'

const { TRANSPORT = 'ws', RELEASE = 'flushes', RELEASE_TIME = '10000' } = process.env
const { GRACE = '8000', NOTICE = '0', FORCE = 'false', RETRY_AFTER } = process.env
const never = (): Promise<never> => new Promise(() => {})
let flushed = 0

const releases: Readonly<Record<string, () => void | Promise<void>>> = {
  flushes: async () => {
    await new Promise(setImmediate)
    flushed += 1
  },
  hangs: never,
  throws: () => {
    flushed += 1
    throw new Error('a bug')
  },
}
const release = releases[RELEASE]
const serve = transports[TRANSPORT]
if (release === undefined || serve === undefined) throw new Error('RELEASE or TRANSPORT is none of ours')

const app = linkspan({ releaseTimeout: Number(RELEASE_TIME) })
  .use((conn, next) => {
    conn.defer(release)
    return next()
  })
  .message((conn, message) => void conn.send(message))
app.on('error', ({ code }) => say({ error: code }))

const { server, port } = await serve(app)
const stopping = shutdown({
  apps: [app],
  servers: [server],
  close: {
    store: async () => {
      say({ store: 'closes', flushed })
      await new Promise(setImmediate)
    },
  },
  grace: Number(GRACE),
  notice: Number(NOTICE),
  ...(RETRY_AFTER === undefined ? {} : { drain: { retryAfter: Number(RETRY_AFTER) } }),
  force: FORCE === 'false' ? false : Number(FORCE),
  logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
void stopping.done.then(({ clean, connections, steps }) => {
  const outcomes = Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]))
  say({ clean, connections, outcomes })
})
process.on('SIGTERM', () => say({ signal: 'SIGTERM' }))
say({ port })
