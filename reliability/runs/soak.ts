import { setTimeout as after } from 'node:timers/promises'
import type { Stats } from '@linkspan/core'
import { Random } from '@linkspan/testing'
import { Child } from '../child.js'
import { act, actors } from '../clients/actors.js'
import { Clients } from '../clients/context.js'
import { stay } from '../clients/conversing.js'
import type { Measure } from '../server/measure.js'
import type { TransportName } from '../server/transports.js'
import { verdict } from './verdict.js'

export interface SoakOptions {
  readonly transport: TransportName
  readonly minutes: number
  /** Told of every sample. */
  readonly tell: (line: string) => void
}

/** What was there at one moment. */
interface Sample {
  readonly second: number
  readonly connections: number
  readonly messagesPerSecond: number
  /** Bytes, after garbage collection. */
  readonly heap: number
  readonly rss: number
  /** The longest that the event loop was held up since the sample before, in milliseconds. */
  readonly delay: number
}

export interface SoakReport {
  readonly transport: TransportName
  readonly minutes: number
  readonly connections: number
  readonly messages: number
  readonly samples: readonly Sample[]
  /** Bytes that the heap grew by from the first third to the last, on average. */
  readonly trend: number
  readonly problems: readonly string[]
}

/** Clients that stay a while, and those of a storm, at once. */
const STAYING = 60
const STORMING = 30
const EVERY = 10_000
/** What the heap may grow by: its contents differ with who happens to be there. */
const TREND = 4 * 1_048_576

/** Steady traffic of every kind for some minutes, with a look at the server each 10 s. */
export async function soak({ transport, minutes, tell }: SoakOptions): Promise<SoakReport> {
  const child = await Child.start({ transport })
  const clients = new Clients(child.port, 1)
  const random = new Random(1)
  const names = Object.keys(actors)
  const until = performance.now() + minutes * 60_000
  const problems: string[] = []
  const note = (problem: string | undefined): void => {
    if (problem !== undefined && problems.length < 100) problems.push(problem)
  }
  const repeat = async (once: () => Promise<string | undefined>): Promise<void> => {
    while (performance.now() < until) note(await once())
  }
  const staying = (): Promise<string | undefined> =>
    stay(clients.next()).then(
      () => undefined,
      (thrown: unknown) => `one that stayed: ${String(thrown)}`,
    )
  try {
    const crowd = [
      ...Array.from({ length: STAYING }, () => repeat(staying)),
      ...Array.from({ length: STORMING }, () =>
        repeat(async () => {
          await after(random.below(200))
          return act(random.pick(names), clients.next())
        }),
      ),
    ]
    const samples = await sampled(child, until, tell)
    clients.dismiss()
    await Promise.all(crowd)
    const { totals, problems: more } = await verdict(child, () => clients.end())
    const trend = trendOf(samples)
    if (trend > TREND) problems.push(`the heap grew by ${trend} bytes; ${TREND} are allowed`)
    const { connections, received: messages } = totals
    return { transport, minutes, connections, messages, samples, trend, problems: [...problems, ...more] }
  } finally {
    clients.end()
    await child.end()
  }
}

async function sampled(child: Child, until: number, tell: SoakOptions['tell']): Promise<readonly Sample[]> {
  const began = performance.now()
  const samples: Sample[] = []
  let received = 0
  for (let due = began + EVERY; due <= until + EVERY / 2; due += EVERY) {
    await after(Math.max(0, due - performance.now()))
    const delay = await child.ask<number>('delay')
    const { heapUsed: heap, rss, stats } = await child.ask<Measure>('measure')
    const messagesPerSecond = Math.round((stats.totals.received - received) / (EVERY / 1_000))
    received = stats.totals.received
    const sample = {
      ...{ second: Math.round((performance.now() - began) / 1_000), messagesPerSecond, heap, rss, delay },
      connections: openIn(stats),
    }
    samples.push(sample)
    tell(told(sample))
  }
  return samples
}

function openIn({ gauges }: Stats): number {
  return Object.values(gauges.connections).reduce((sum, count) => sum + count, 0)
}

function told({ second, connections, messagesPerSecond, heap, rss, delay }: Sample): string {
  const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1).padStart(6)
  return (
    `${String(second).padStart(5)} s  ${String(connections).padStart(5)} connections  ` +
    `${String(messagesPerSecond).padStart(6)} messages/s  heap ${megabytes(heap)} MiB  rss ${megabytes(rss)} MiB  ` +
    `event loop ${delay.toFixed(1).padStart(6)} ms at most`
  )
}

function trendOf(samples: readonly Sample[]): number {
  const third = Math.max(1, Math.floor(samples.length / 3))
  const mean = (some: readonly Sample[]): number =>
    some.reduce((sum, { heap }) => sum + heap, 0) / some.length
  return Math.round(mean(samples.slice(-third)) - mean(samples.slice(0, third)))
}
