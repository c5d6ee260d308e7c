import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, it, onTestFinished } from 'vitest'
import { Program } from '../program/started.js'
import { Balancer } from './balancer.js'
import { type Comings, Crowd } from './crowd.js'

const CLIENTS = 2_000
/** Milliseconds. */
const GRACE = 10_000
/** Milliseconds of it that the balancer has to notice that a process is no longer ready. */
const NOTICE = 1_000
/** Closes go out one every 2 ms; faster where those are too many for 30 % of the time. A second. */
const planned = (connections: number): number => Math.max(500, connections / (0.3 * (GRACE - NOTICE) * 1e-3))
/** What batches add to a second. */
const TOLERANCE = 1.3
/** Milliseconds without a connection. Alone on a machine it is a second at most, the jitter; others may take most of it. */
const LONGEST = 10_000

/** Milliseconds between looks at the event loop of this process. */
const RESOLUTION = 10

it(`${CLIENTS} clients of two processes come through the restart of both, one after the other`, async () => {
  const balancer = await Balancer.start()
  const crowd = new Crowd(balancer.port)
  onTestFinished(async () => {
    crowd.leave()
    await balancer.close()
  })
  const first = await start(balancer)
  const second = await start(balancer)
  await crowd.add(CLIENTS, 100)
  crowd.take()
  const stalls = monitorEventLoopDelay({ resolution: RESOLUTION })
  stalls.enable()

  for (const [round, { program, port }] of [first, second].entries()) {
    await start(balancer)
    program.signal('SIGTERM')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    balancer.remove(port)
    await crowd.gathered(CLIENTS)

    const { connections, clean } = reportOf(program)
    const comings = crowd.take()
    // What was due while the machine was busy with something else comes later, all at once.
    const stall = (stalls.max / 1e6 - RESOLUTION) / 1_000
    stalls.reset()
    process.stdout.write(figures(round + 1, connections.closed, comings, stall))
    expect({ clean, forced: connections.forced }).toEqual({ clean: true, forced: 0 })
    // Everybody was told to come back, and nobody was lost on the way.
    expect(comings.ends).toEqual({ 1012: connections.closed })
    expect(comings.attempts).toBe(connections.closed + comings.refused)
    expect(comings.refused).toBeLessThan(0.05 * connections.closed)
    expect(comings.busiestSecond).toBeLessThan(planned(connections.closed) * TOLERANCE * (1 + stall))
    expect(comings.longestWait).toBeLessThan(LONGEST)
  }
}, 60_000)

async function start(balancer: Balancer): Promise<{ program: Program; port: number }> {
  const program = new Program('main.ts', {
    TRANSPORT: 'ws',
    GRACE: `${GRACE}`,
    NOTICE: `${NOTICE}`,
    RETRY_AFTER: '1',
  })
  const port = Number(await program.hears('port'))
  balancer.add(port)
  return { program, port }
}

interface Report {
  readonly clean: boolean
  readonly connections: { readonly closed: number; readonly forced: number }
}

function reportOf({ said }: Program): Report {
  const report = said.find((line): line is Report => 'clean' in Object(line))
  if (report === undefined) throw new Error('it printed no report')
  return report
}

function figures(round: number, closed: number, comings: Comings, stall: number): string {
  const { attempts, refused, busiestSecond, medianWait, longestWait } = comings
  return [
    `restart ${round}: ${closed} connections closed with 1012, ${attempts} attempts to come back, ${refused} of them refused;`,
    `${busiestSecond} in the busiest second, ${Math.round(planned(closed))} planned;`,
    `without a connection for ${medianWait} ms (median), ${longestWait} ms at most;`,
    `clients held up for ${Math.round(stall * 1_000)} ms at most\n`,
  ].join(' ')
}
