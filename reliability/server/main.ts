// A server as a process of its own: TRANSPORT names the server, SCENARIO the application on it. It is asked questions
// over its channel to the program that started it, which keeps it alive no longer than its server does.

import { setTimeout as after } from 'node:timers/promises'
import { answering, say } from '../answering.js'
import { longestDelay, measure } from './measure.js'
import type { Answers } from './questions.js'
import { scenarios } from './scenarios.js'
import { isTransport, transports } from './transports.js'

const { TRANSPORT = 'ws', SCENARIO = 'storm' } = process.env
if (!isTransport(TRANSPORT)) throw new Error(`TRANSPORT=${TRANSPORT} is none of ours`)
const scenario = scenarios[SCENARIO]
if (scenario === undefined) throw new Error(`SCENARIO=${SCENARIO} is none of ours`)

const { app, answers } = await scenario()
const serving = await transports[TRANSPORT](app)

let signals = 0
const all: Answers = {
  stats: () => app.stats(),
  measure: async () => {
    const measured = await measure(app, serving)
    // The garbage collection was ours, and no hold-up of the server's; it is told of a little later.
    await after(50)
    longestDelay()
    return measured
  },
  delay: () => longestDelay(),
  /** Milliseconds of processor time, from its beginning. */
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
  drain: (options) => app.drain((options ?? {}) as Parameters<typeof app.drain>[0]),
  close: () => serving.close(),
  signals: () => signals,
  ...answers,
}

answering(all)

process.on('SIGTERM', () => {
  signals += 1
  if (signals > 1) return
  void (async () => {
    const { closed, forced } = await app.drain({ grace: 8_000 })
    await serving.close()
    console.log(`stopped: ${closed} closed, ${forced} cut`)
  })()
})

say({ port: serving.port })
