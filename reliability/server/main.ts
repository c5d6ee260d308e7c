// A server as a process of its own: TRANSPORT names the server, SCENARIO the application on it. It is asked questions
// over its channel to the program that started it, which keeps it alive no longer than its server does.

import { setTimeout as after } from 'node:timers/promises'
import { longestDelay, measure } from './measure.js'
import type { Answers, Question, Ready, Reply } from './questions.js'
import { scenarios } from './scenarios.js'
import { isTransport, transports } from './transports.js'

const { TRANSPORT = 'ws', SCENARIO = 'storm' } = process.env
if (!isTransport(TRANSPORT)) throw new Error(`TRANSPORT=${TRANSPORT} is none of ours`)
const scenario = scenarios[SCENARIO]
if (scenario === undefined) throw new Error(`SCENARIO=${SCENARIO} is none of ours`)

const { app, answers } = scenario()
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
  drain: (options) => app.drain((options ?? {}) as Parameters<typeof app.drain>[0]),
  close: () => serving.close(),
  signals: () => signals,
  ...answers,
}

process.on('message', ({ id, ask, about }: Question) => {
  Promise.resolve()
    .then(() => {
      const answer = all[ask]
      if (answer === undefined) throw new Error(`this server has no answer to '${ask}'`)
      return answer(about)
    })
    .then(
      (answer) => reply({ id, answer }),
      (thrown: unknown) => reply({ id, failed: String(thrown) }),
    )
})
// Nobody is left to ask: a server that outlives its test would run forever.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()

process.on('SIGTERM', () => {
  signals += 1
  if (signals > 1) return
  void (async () => {
    const { closed, forced } = await app.drain({ grace: 8_000 })
    await serving.close()
    console.log(`stopped: ${closed} closed, ${forced} cut`)
  })()
})

reply({ port: serving.port })

function reply(message: Reply | Ready): void {
  if (process.connected) process.send?.(message)
}
