import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type SocketTarget, socketHost, type TestHost } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apart } from '../../../../reliability/runs/apart.js'
import { compare, MOST } from '../../../../reliability/runs/slowdown.js'
import { type Round, visits } from '../../../../reliability/runs/visits.js'
import type { FloodOrder, FloodReport, ServerReport } from './report.js'

const FLOOD = 10_000
const LIMIT = 100
const OTHERS = 50
/** Rounds without the flood, each followed by one with it: what the machine does besides weighs on both. */
const PAIRS = 7
/** Visits of a round. */
const VISITS = 80

function child(program: URL): ChildProcess {
  const started = fork(fileURLToPath(program), {
    execArgv: ['--import', 'tsx', '--conditions=@linkspan/source'],
  })
  onTestFinished(() => void started.kill())
  return started
}

/** What a child says next; fails where it ends instead. */
function said<Said>(from: ChildProcess): Promise<Said> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a child process ended with ${code}`))
    from.once('exit', ended)
    from.once('message', (message) => {
      from.off('exit', ended)
      resolve(message as Said)
    })
  })
}

async function reportOf(server: ChildProcess): Promise<ServerReport> {
  server.send({})
  return said(server)
}

describe('a flood of handshakes from one address', () => {
  it('is refused past its limit before anything costs, and others hardly notice', async () => {
    const server = child(new URL('./server.ts', import.meta.url))
    const flooder = child(new URL('./flooder.ts', import.meta.url))
    const { port } = await said<{ port: number }>(server)
    apart(server.pid, flooder.pid)
    const targets: SocketTarget[] = Array.from({ length: OTHERS }, (_, index) => ({
      connect: { port, host: '127.0.0.1', localAddress: `127.0.0.${index + 2}` },
    }))
    const hosts = targets.map((target) => socketHost({ ...target, close: async () => {} }))
    const round = (count: number): Promise<Round> =>
      visits(count, {
        connect: (index) => (hosts[index % OTHERS] as TestHost).connect(),
        word: 'are you there?',
        cpu: async () => (await reportOf(server)).cpu,
      })
    const order = (what: FloodOrder): void => void flooder.send(what)
    const flood = async (until: number): Promise<FloodReport> => {
      const report = said<FloodReport>(flooder)
      order({ port, until })
      return report
    }

    await round(2 * VISITS) // what is compiled once
    let { made } = await flood(LIMIT + 500)
    let paused: Promise<FloodReport>
    const { all, refused, cost } = await compare({ pairs: PAIRS, visits: VISITS }, round, {
      begin: () => {
        paused = said(flooder)
        order({ port, until: Number.MAX_SAFE_INTEGER })
      },
      pause: async () => {
        order('pause')
        const before = made
        made = (await paused).made
        return made - before
      },
    })

    const { statuses, retryAfter, made: total } = await flood(Math.max(FLOOD, made))
    expect(total).toBeGreaterThanOrEqual(FLOOD)
    expect(statuses).toEqual({ 101: LIMIT, 429: total - LIMIT })
    expect(retryAfter).toBe(total - LIMIT)
    const during = await reportOf(server)
    expect(during.flooder).toBe(LIMIT)
    expect(during.verified).toBe(LIMIT + 2 * VISITS + 2 * PAIRS * VISITS)

    flooder.kill()
    await expect.poll(async () => (await reportOf(server)).connections, { timeout: 10_000 }).toBe(0)
    const { limiter, closed } = await reportOf(server)
    expect(limiter).toMatchObject({ connections: 0, addresses: 0, waiting: 0, leaving: 0 })
    expect(closed).toBe(during.verified + total - LIMIT)

    console.warn(
      `${total} handshakes, ${refused} of them beside visits; p99 of ${OTHERS} others, calm and flooded, in ms: ` +
        `${all.pairs.map(([alone, beside]) => `${alone.toFixed(1)} ${beside.toFixed(1)}`).join(', ')}; ` +
        `×${all.times.toFixed(2)} in the median. The server's work: ${cost.visit.toFixed(3)} ms a visit, ` +
        `${cost.refusal.toFixed(3)} ms a refusal`,
    )
    expect(refused).toBeGreaterThan(PAIRS * VISITS)
    expect(cost.refusal).toBeLessThan(cost.visit)
    expect(all.times).toBeLessThanOrEqual(MOST)
  }, 120_000)
})
