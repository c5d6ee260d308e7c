import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Peer, type SocketTarget, socketHost, type TestHost } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FloodReport, ServerReport } from './report.js'

const FLOOD = 10_000
const LIMIT = 100
const OTHERS = 50
const AT_ONCE = 5
/** Milliseconds of the scheduler's own noise, below which no ratio says anything. */
const NOISE = 10

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

function p99(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? Number.NaN
}

describe('a flood of handshakes from one address', () => {
  it('is refused past its limit before anything costs, and others hardly notice', async () => {
    const server = child(new URL('./server.ts', import.meta.url))
    const flooder = child(new URL('./flooder.ts', import.meta.url))
    const { port } = await said<{ port: number }>(server)
    const targets: SocketTarget[] = Array.from({ length: OTHERS }, (_, index) => ({
      connect: { port, host: '127.0.0.1', localAddress: `127.0.0.${index + 2}` },
    }))
    const hosts = targets.map((target) => socketHost({ ...target, close: async () => {} }))
    /** The others come by in turn, a few at a time, while there is `more`. */
    const rounds = async (more: (visits: number) => boolean) => {
      const samples: number[] = []
      let visits = 0
      const one = async (): Promise<void> => {
        while (more(visits)) {
          visits += 1
          await visit(hosts[visits % OTHERS] as TestHost, samples)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
      return { samples, visits }
    }

    const first = await rounds((visits) => visits < OTHERS) // what is compiled once
    const calm = await rounds((visits) => visits < 8 * OTHERS)

    let flooding = true
    flooder.send({ port, count: FLOOD })
    const flood = said<FloodReport>(flooder).finally(() => {
      flooding = false
    })
    const meanwhile = await rounds(() => flooding)
    const { statuses, retryAfter, duration } = await flood

    expect(statuses).toEqual({ 101: LIMIT, 429: FLOOD - LIMIT })
    expect(retryAfter).toBe(FLOOD - LIMIT)
    const during = await reportOf(server)
    expect(during.flooder).toBe(LIMIT)
    expect(during.verified).toBe(LIMIT + first.visits + calm.visits + meanwhile.visits)

    flooder.kill()
    await expect.poll(async () => (await reportOf(server)).connections, { timeout: 10_000 }).toBe(0)
    const { limiter, closed } = await reportOf(server)
    expect(limiter).toMatchObject({ connections: 0, addresses: 0, waiting: 0, leaving: 0 })
    expect(closed).toBe(during.verified + FLOOD - LIMIT)

    const [before, under] = [p99(calm.samples), p99(meanwhile.samples)]
    console.warn(
      `${FLOOD} handshakes in ${Math.round(duration)} ms; p99 of ${OTHERS} others: ${before.toFixed(2)} ms calm, ` +
        `${under.toFixed(2)} ms under the flood, ×${(under / before).toFixed(2)}`,
    )
    expect(under).toBeLessThanOrEqual(4 * Math.max(before, NOISE))
  }, 60_000)
})
