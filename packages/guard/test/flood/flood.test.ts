import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Peer, type SocketTarget, socketHost, type TestHost } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FloodOrder, FloodReport, ServerReport } from './report.js'

const FLOOD = 10_000
const LIMIT = 100
const OTHERS = 50
const AT_ONCE = 5
/** Rounds without the flood, each followed by one with it: what the machine does besides weighs on both. */
const PAIRS = 7
/** Visits of a round, 11 samples each. */
const VISITS = 80
/** Times that the others may wait as long: twice on a machine that does nothing else; a test has to allow for one that does. */
const MOST = 4
/** Milliseconds of the scheduler's own noise, below which no ratio says anything. */
const NOISE = 5

function child(program: URL): ChildProcess {
  const started = fork(fileURLToPath(program), {
    execArgv: ['--import', 'tsx', '--conditions=@linkspan/source'],
  })
  onTestFinished(() => void started.kill())
  return started
}

/**
 * Gives the server a processor of its own, as it has where floods come from elsewhere; the flood and the others share
 * another one, on which the others come first. Nothing where the machine cannot.
 */
function apart(server: ChildProcess, flooder: ChildProcess): void {
  const pin = (pid: number | undefined, core: number): boolean =>
    spawnSync('taskset', ['-acp', String(core), String(pid)]).status === 0
  if (!pin(flooder.pid, 1) || !pin(server.pid, 0) || !pin(process.pid, 1)) return
  setPriority(flooder.pid ?? 0, constants.priority.PRIORITY_LOW)
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

/** A client comes, says ten things, and goes; how long it waited for each answer. */
async function visit(host: TestHost, samples: number[]): Promise<void> {
  const begun = performance.now()
  const answer = await host.connect().answer
  if (!answer.upgraded) throw new Error(`another address was refused: ${answer.status}`)
  samples.push(performance.now() - begun)
  for (let i = 0; i < 10; i += 1) samples.push(await roundTrip(answer.peer))
  answer.peer.close(1000)
  await answer.peer.closed
}

async function roundTrip(peer: Peer): Promise<number> {
  const begun = performance.now()
  peer.send('are you there?')
  await peer.next()
  return performance.now() - begun
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function p99(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? Number.NaN
}

describe('a flood of handshakes from one address', () => {
  it('is refused past its limit before anything costs, and others hardly notice', async () => {
    const server = child(new URL('./server.ts', import.meta.url))
    const flooder = child(new URL('./flooder.ts', import.meta.url))
    const { port } = await said<{ port: number }>(server)
    apart(server, flooder)
    const targets: SocketTarget[] = Array.from({ length: OTHERS }, (_, index) => ({
      connect: { port, host: '127.0.0.1', localAddress: `127.0.0.${index + 2}` },
    }))
    const hosts = targets.map((target) => socketHost({ ...target, close: async () => {} }))
    /** The others come by in turn, a few at a time; answers how long they waited, and the server's work for it, in ms. */
    const round = async (visits: number): Promise<{ samples: number[]; cpu: number }> => {
      const samples: number[] = []
      const before = await reportOf(server)
      let begun = 0
      const one = async (): Promise<void> => {
        while (begun < visits) {
          begun += 1
          await visit(hosts[begun % OTHERS] as TestHost, samples)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
      return { samples, cpu: (await reportOf(server)).cpu - before.cpu }
    }
    const order = (what: FloodOrder): void => void flooder.send(what)
    const flood = async (until: number): Promise<FloodReport> => {
      const report = said<FloodReport>(flooder)
      order({ port, until })
      return report
    }

    await round(2 * VISITS) // what is compiled once
    let { made } = await flood(LIMIT + 500)
    const pairs: { readonly calm: number; readonly flooded: number }[] = []
    const work = { visits: 0, refusals: 0, refused: 0 }
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const calm = await round(VISITS)
      const paused = said<FloodReport>(flooder)
      order({ port, until: Number.MAX_SAFE_INTEGER })
      const flooded = await round(VISITS)
      order('pause')
      const report = await paused
      work.visits += calm.cpu
      work.refusals += flooded.cpu - calm.cpu
      work.refused += report.made - made
      made = report.made
      pairs.push({ calm: p99(calm.samples), flooded: p99(flooded.samples) })
    }

    const { statuses, retryAfter, made: all } = await flood(Math.max(FLOOD, made))
    expect(all).toBeGreaterThanOrEqual(FLOOD)
    expect(statuses).toEqual({ 101: LIMIT, 429: all - LIMIT })
    expect(retryAfter).toBe(all - LIMIT)
    const during = await reportOf(server)
    expect(during.flooder).toBe(LIMIT)
    expect(during.verified).toBe(LIMIT + 2 * VISITS + 2 * PAIRS * VISITS)

    flooder.kill()
    await expect.poll(async () => (await reportOf(server)).connections, { timeout: 10_000 }).toBe(0)
    const { limiter, closed } = await reportOf(server)
    expect(limiter).toMatchObject({ connections: 0, addresses: 0, waiting: 0, leaving: 0 })
    expect(closed).toBe(during.verified + all - LIMIT)

    const ratios = pairs.map(({ calm, flooded }) => flooded / Math.max(calm, NOISE))
    const visitCost = work.visits / (PAIRS * VISITS)
    const refusalCost = work.refusals / work.refused
    console.warn(
      `${all} handshakes, ${work.refused} of them beside visits; p99 of ${OTHERS} others, calm and flooded, in ms: ` +
        `${pairs.map(({ calm, flooded }) => `${calm.toFixed(1)} ${flooded.toFixed(1)}`).join(', ')}; ` +
        `×${median(ratios).toFixed(2)} in the median. The server's work: ${visitCost.toFixed(3)} ms a visit, ` +
        `${refusalCost.toFixed(3)} ms a refusal`,
    )
    expect(work.refused).toBeGreaterThan(PAIRS * VISITS)
    expect(refusalCost).toBeLessThan(visitCost)
    expect(median(ratios)).toBeLessThanOrEqual(MOST)
  }, 120_000)
})
