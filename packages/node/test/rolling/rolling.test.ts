import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, it, onTestFinished } from 'vitest'
import { ownRedis } from '../../../redis/test/redis-server.js'
import { Program } from '../program/started.js'
import { Balancer } from './balancer.js'
import { type Comings, Crowd } from './crowd.js'

const CLIENTS = 2_000
/** Milliseconds. */
const GRACE = 30_000
/** Milliseconds of it that the balancer has to notice that a process is no longer ready. */
const NOTICE = 1_000
/** Closes go out one every 2 ms; faster where those are too many for 30 % of the time. A second. */
const planned = (connections: number): number => Math.max(500, connections / (0.3 * (GRACE - NOTICE) * 1e-3))
/** What batches add to a second. */
const TOLERANCE = 1.3
/**
 * Milliseconds without a connection and session, at most. Alone on a machine it is a second, the jitter; where others take
 * most of it, it is longer as everything is: by what it took all clients to come in the first place.
 */
const longest = (filling: number): number => 5_000 + 5 * filling

/** Milliseconds between looks at the event loop of this process. */
const RESOLUTION = 10

const redis = ownRedis()

it(`${CLIENTS} clients of two processes come through the restart of both with their sessions, one after the other`, async () => {
  const balancer = await Balancer.start()
  const crowd = new Crowd(balancer.port)
  onTestFinished(async () => {
    crowd.leave()
    await balancer.close()
  })
  const first = await start(balancer)
  const second = await start(balancer)
  const began = performance.now()
  await crowd.add(CLIENTS, 100)
  const filling = performance.now() - began
  crowd.take()
  const stalls = monitorEventLoopDelay({ resolution: RESOLUTION })
  stalls.enable()

  for (const [round, { program, port }] of [first, second].entries()) {
    await start(balancer)
    program.signal('SIGTERM')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    balancer.remove(port)
    await crowd.gathered(CLIENTS)

    const { connections, clean, unsaved } = reportOf(program)
    const comings = crowd.take()
    // What was due while the machine was busy with something else comes later, all at once.
    const stall = (stalls.max / 1e6 - RESOLUTION) / 1_000
    stalls.reset()
    process.stdout.write(figures(round + 1, connections.closed, comings, stall))
    expect({ clean, forced: connections.forced, unsaved }).toEqual({ clean: true, forced: 0, unsaved: 0 })
    // Nobody lost the session, or a visit of it.
    expect(comings.lost).toBe(0)
    // Everybody was told to come back, and nobody was lost on the way.
    expect(comings.ends).toEqual({ 1012: connections.closed })
    expect(comings.attempts).toBe(connections.closed + comings.refused)
    expect(comings.refused).toBeLessThan(0.05 * connections.closed)
    expect(comings.busiestSecond).toBeLessThan(planned(connections.closed) * TOLERANCE * (1 + stall))
    expect(comings.longestWait).toBeLessThan(longest(filling))
  }
}, 240_000)

async function start(balancer: Balancer): Promise<{ program: Program; port: number }> {
  const program = new Program('shop.ts', {
    TRANSPORT: 'ws',
    REDIS: String(redis().port),
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
  readonly unsaved: number
  readonly connections: { readonly closed: number; readonly forced: number }
}

function reportOf({ said }: Program): Report {
  const report = said.find((line): line is Report => 'clean' in Object(line))
  if (report === undefined) throw new Error('it printed no report')
  return report
}

function figures(round: number, closed: number, comings: Comings, stall: number): string {
  const { attempts, refused, lost, busiestSecond, medianWait, longestWait } = comings
  return [
    `restart ${round}: ${closed} connections closed with 1012, ${attempts} attempts to come back, ${refused} of them refused;`,
    `${lost} sessions lost;`,
    `${busiestSecond} in the busiest second, ${Math.round(planned(closed))} planned;`,
    `without a connection for ${medianWait} ms (median), ${longestWait} ms at most;`,
    `clients held up for ${Math.round(stall * 1_000)} ms at most\n`,
  ].join(' ')
}
