import { fileURLToPath } from 'node:url'
import { type Peer, socketHost } from '@linkspan/testing'
import { Child } from '../child.js'
import { type Exhausted, exhausted } from '../server/plans.js'
import type { Ledger } from '../server/tenants.js'
import type { TransportName } from '../server/transports.js'
import { apart } from './apart.js'
import { quiet } from './quiet.js'
import { type Comparison, compare, type Noise, type Waits } from './slowdown.js'
import { beyond, type Greed, miscounted } from './tenants-checks.js'
import { verdict } from './verdict.js'
import { admitted, type Round, roundTrip, visits } from './visits.js'

export interface TenantsOptions {
  readonly transport: TransportName
  /** Rounds without greed, each followed by one with it; for each quota. */
  readonly pairs: number
  /** Visits of the calm tenant in each round. */
  readonly visits: number
  /** What is used up, one after another. Default: everything. */
  readonly quotas?: readonly Exhausted[]
  readonly scenario?: 'tenants' | 'shared' | 'costly'
}

/** What the calm tenant waited for, without and with the greedy one. */
interface Waited {
  readonly alone: Waits
  readonly beside: Waits
}

/** What one tenant got that was over a quota, and what another one waited meanwhile; times in milliseconds. */
interface QuotaReport {
  readonly quota: Exhausted
  /** How often more was asked for, and refused, beside visits. */
  readonly refused: number
  readonly words: Waited
  readonly handshakes: Waited
  /** How many times as long the p99 of the other tenant was: of its round trips, and of these and its handshakes. */
  readonly times: { readonly words: number; readonly all: number }
  readonly cost: Comparison['cost']
}

export interface TenantsReport {
  readonly transport: TransportName
  readonly seconds: number
  /** Connections of the calm tenant. */
  readonly visits: number
  readonly quotas: readonly QuotaReport[]
  readonly problems: readonly string[]
}

const GREEDY = fileURLToPath(new URL('../clients/greedy.ts', import.meta.url))
/** The name of a room that the greedy tenant is in as well. */
const WORD = 'join room-0'

/** One tenant uses up each of its quotas and asks for more, as fast as it can; another goes on as always. */
export async function tenants(options: TenantsOptions): Promise<TenantsReport> {
  const { transport, pairs, visits: each, quotas: all = exhausted, scenario = 'tenants' } = options
  const began = performance.now()
  const child = await Child.start({ transport, scenario })
  const greedy = await Child.run(GREEDY, { PORT: `${child.port}` })
  apart(child.pid, greedy.pid)
  const connect = { port: child.port, host: '127.0.0.1', localAddress: '127.0.0.2' }
  const host = socketHost({ connect, close: () => child.end() })
  const visitors = {
    connect: () => host.connect({ path: '/t/calm' }),
    word: WORD,
    pause: 1,
    cpu: () => child.ask<number>('cpu'),
  }
  let came = 0
  const round = (count: number): Promise<Round> => {
    came += count
    return visits(count, visitors)
  }
  const staying: Peer[] = []
  const greed: Greed[] = []
  const quotas: QuotaReport[] = []
  const problems: string[] = []
  try {
    await round(2 * each) // what is compiled once
    for (const quota of all) {
      const ends: Record<string, number> = {}
      greed.push({ quota, held: await greedy.ask<number>('fill', quota), ends })
      const noise = noiseOf(greedy, quota, ends)
      await noise.begin()
      staying.push(await admitted(visitors.connect()))
      await round(each)
      await noise.pause()
      const comparison = await compare({ pairs, visits: each }, round, noise)
      problems.push(...beyond(quota, comparison, pairs * each))
      quotas.push(reportOf(quota, comparison))
      await greedy.ask('leave')
    }
    for (const peer of staying) {
      came += 1
      await roundTrip(peer, WORD)
      peer.close(1000)
    }
    await quiet(child)
    problems.push(...miscounted(await child.ask<Ledger>('ledger'), came, greed))
    problems.push(...(await verdict(child, () => {})).problems)
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : String(thrown)
    problems.push(`${greed.at(-1)?.quota ?? 'before any quota'}: ${what}`)
  } finally {
    await greedy.end()
    await host.close()
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10
  return { transport, seconds, visits: came, quotas, problems }
}

/** The greedy tenant, who goes on asking for more of a quota; `ends` is added to. */
function noiseOf(greedy: Child, quota: Exhausted, ends: Record<string, number>): Noise {
  return {
    begin: () => greedy.ask('begin', quota),
    pause: async () => {
      const more = Object.entries(await greedy.ask<Record<string, number>>('pause'))
      for (const [end, count] of more) ends[end] = (ends[end] ?? 0) + count
      return more.reduce((sum, [, count]) => sum + count, 0)
    },
  }
}

function reportOf(quota: Exhausted, comparison: Comparison): QuotaReport {
  const { words, handshakes, all, refused, cost } = comparison
  return {
    ...{ quota, refused },
    words: { alone: rounded(words.alone), beside: rounded(words.beside) },
    handshakes: { alone: rounded(handshakes.alone), beside: rounded(handshakes.beside) },
    times: rounded({ words: words.times, all: all.times }),
    cost: rounded(cost),
  }
}

/** To a hundredth. */
function rounded<Figures extends Readonly<Record<keyof Figures, number>>>(figures: Figures): Figures {
  const entries = Object.entries<number>(figures).map(([name, value]) => [
    name,
    Math.round(value * 100) / 100,
  ])
  return Object.fromEntries(entries) as Figures
}
