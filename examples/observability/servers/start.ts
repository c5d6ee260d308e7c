// The example, as a program: brings everything up, tells where to look, shows what happens, and ends all of it.

import { setTimeout as after } from 'node:timers/promises'
import { account } from '../src/account.js'
import { bringUp, type Running } from '../src/run/bring-up.js'
import { say } from '../src/run/console.js'
import { HELP, type Options, optionsOf } from '../src/run/options.js'
import { Stops } from '../src/run/stops.js'
import { summary } from '../src/summary.js'
import { acts } from '../src/tour/acts/index.js'
import type { Act } from '../src/tour/stage.js'
import { tour } from '../src/tour/tour.js'
import { where } from '../src/where.js'

/** Milliseconds between two summaries. */
const GLANCE = 5_000
/** Milliseconds after which a signal that comes again is no echo of the first: terminals and npm send it twice. */
const AGAIN = 1_000

async function main(options: Options, stops: Stops, signal: AbortSignal): Promise<void> {
  say('\n  Two nodes of a chat, and what they tell of themselves. Ctrl-C ends it.\n')
  const running = await bringUp(options, stops, signal)
  say(where(running))
  const playlist = options.acts.map((name) => acts.find((act) => act.name === name) as Act)
  const over = new AbortController()
  signal.addEventListener('abort', () => over.abort())
  if (options.seconds < Infinity) setTimeout(() => over.abort(), options.seconds * 1_000).unref()
  await Promise.all([
    glances(running, over.signal),
    tour(playlist, options.every * 1_000, { ...running, say, signal: over.signal }),
  ])

  say('\n  It ends: the clients leave.')
  const { crowd, north, south, prometheus } = running
  await crowd.stop()
  for (const line of await account(crowd.tally, prometheus, north.restarts + south.restarts)) say(`  ${line}`)
}

/** Says every few seconds how the fleet is. */
async function glances({ prometheus }: Running, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lines = await summary(prometheus, ['north', 'south']).catch((thrown: unknown) => [String(thrown)])
    const time = new Date().toLocaleTimeString('en-GB')
    say(`  ${time}  ${lines.join(`\n${' '.repeat(time.length + 4)}`)}`)
    await after(GLANCE, undefined, { signal }).catch(() => {})
  }
}

function read(): Options {
  try {
    return optionsOf(
      process.argv.slice(2),
      acts.map(({ name }) => name),
    )
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown)
    process.exit(2)
  }
}

const options = read()
if (options.help) {
  say(HELP)
  process.exit(0)
}

const stops = new Stops()
const ended = new AbortController()
let since: number | undefined
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    const now = performance.now()
    // In a hurry: what runs beside us notices that we are gone, and goes as well.
    if (since !== undefined && now - since > AGAIN) process.exit(1)
    since ??= now
    ended.abort()
  })
}
// Whoever read it has gone.
process.stdout.on('error', () => ended.abort())

try {
  await main(options, stops, ended.signal)
} catch (thrown) {
  if (!ended.signal.aborted) {
    console.error(`\n${thrown instanceof Error ? thrown.message : String(thrown)}`)
    process.exitCode = 1
  }
} finally {
  const failed = await stops.run()
  for (const text of failed) console.error(`  not ended in order: ${text}`)
  if (failed.length > 0) process.exitCode = 1
  say('  All of it has ended.')
}
