import type { Stats } from '@linkspan/core'
import type { Child } from '../child.js'
import type { Testimony } from '../server/witness.js'
import { quiet } from './quiet.js'

/** How a server was after everything that was done to it. */
export interface Verdict {
  readonly testimony: Testimony
  readonly totals: Stats['totals']
  /** What was not as promised. None: it stood. */
  readonly problems: readonly string[]
}

/** Ends a storm's server in order, and checks all that must hold then. */
export async function verdict(child: Child, dismiss: () => void): Promise<Verdict> {
  const stayed = await quiet(child)
  dismiss()
  await child.ask('drain', { grace: 5_000 })
  const testimony = await child.ask<Testimony>('testimony')
  const { gauges, totals } = await child.ask<Stats>('stats')
  await child.ask('close')
  const { code, signal } = await child.exited
  const { connections, timers, topics, inbox, outbox } = gauges
  const nothingLeft = { ...connections, timers, topics, ...inbox, outbox: outbox.bytes }
  const problems = [
    ...testimony.violations,
    ...check(stayed === 0, `the server did not get rid of ${stayed} connections by itself`),
    ...Object.entries(nothingLeft).flatMap(([name, value]) => check(value === 0, `gauge ${name}: ${value}`)),
    ...check(testimony.left === 0, `${testimony.left} connections never closed`),
    ...check(
      testimony.closes === totals.closed,
      `${testimony.closes} close events, ${totals.closed} counted`,
    ),
    ...check(totals.connections === totals.closed, `${totals.connections} came, ${totals.closed} closed`),
    ...check(
      testimony.taken === testimony.released,
      `${testimony.taken} resources taken, ${testimony.released} released`,
    ),
    ...check(code === 0, `the process ended with ${code ?? signal}: ${child.output}`),
    ...check(child.leaks === 0, `${child.leaks} planted secrets in the output`),
    ...check(child.output === '', `it printed: ${child.output}`),
  ]
  return { testimony, totals, problems }
}

function check(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem]
}
