import type { Stats } from '@linkspan/core'
import { Random } from '@linkspan/testing'
import { Child } from '../child.js'
import { act } from '../clients/actors.js'
import { Clients } from '../clients/context.js'
import type { Measure } from '../server/measure.js'
import type { TransportName } from '../server/transports.js'
import { pool } from './pool.js'
import { quiet } from './quiet.js'

export interface LeakOptions {
  readonly transport: TransportName
  readonly connections: number
  readonly scenario?: 'storm' | 'leaking'
}

/** What a server held before and after its connections, both at rest and after garbage collection. */
export interface LeakReport {
  readonly transport: TransportName
  readonly connections: { readonly aborted: number; readonly echoed: number }
  readonly seconds: number
  readonly before: Measure
  readonly after: Measure
  /** Bytes of heap, and what of it falls on one connection. */
  readonly growth: number
  readonly growthPerConnection: number
  readonly bound: number
  readonly problems: readonly string[]
}

/** Those that leave inside the handshake, each at another moment. */
const ABORTED = [
  'reset before a word',
  'reset inside the request',
  'reset while middleware runs',
  'end inside the handshake',
] as const

/** Connections before the first measurement: compiled code, pools and caches are there by then. */
const WARM_UP = 2_000
const WIDTH = 64

/**
 * Bytes of heap that may come to be there: 1 MiB for what the engine compiles, recompiles and caches in between, and 10
 * for each connection, less than the smallest object has. One entry in a map, or one listener, is several times that.
 */
function boundFor(connections: number): number {
  return 1_048_576 + 10 * connections
}

/** Opens connections, half of which are aborted inside the handshake, and compares the server before and after. */
export async function leak({ transport, connections, scenario = 'storm' }: LeakOptions): Promise<LeakReport> {
  const child = await Child.start({ transport, scenario })
  const clients = new Clients(child.port, 1)
  const random = new Random(1)
  const counts = { aborted: 0, echoed: 0 }
  const problems: string[] = []

  const open = async (index: number): Promise<void> => {
    const aborts = index % 2 === 0
    counts[aborts ? 'aborted' : 'echoed'] += 1
    const problem = await act(aborts ? random.pick(ABORTED) : 'echo and close', clients.next())
    if (problem !== undefined && problems.length < 100) problems.push(problem)
  }

  try {
    await pool(Math.min(WARM_UP, connections / 4), WIDTH, open)
    await quiet(child)
    const before = await child.ask<Measure>('measure')
    Object.assign(counts, { aborted: 0, echoed: 0 })
    const began = performance.now()
    await pool(connections, WIDTH, open)
    await quiet(child)
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const after = await child.ask<Measure>('measure')
    const growth = after.heapUsed - before.heapUsed
    const bound = boundFor(connections)
    problems.push(...compare(before, after, growth, bound), ...inconsistent(after.stats))
    return {
      ...{ transport, connections: counts, seconds, before, after, growth, bound, problems },
      growthPerConnection: Math.round((growth / connections) * 10) / 10,
    }
  } finally {
    clients.end()
    await child.end()
  }
}

function compare(before: Measure, after: Measure, growth: number, bound: number): readonly string[] {
  const problems: string[] = []
  if (growth > bound) problems.push(`the heap grew by ${growth} bytes; ${bound} are allowed`)
  const same = (what: string, one: unknown, other: unknown): void => {
    const [was, is] = [JSON.stringify(one), JSON.stringify(other)]
    if (was !== is) problems.push(`${what} were ${was}, and are ${is}`)
  }
  same('resources', before.resources, after.resources)
  same('listeners', before.listeners, after.listeners)
  same('gauges', before.stats.gauges, after.stats.gauges)
  return problems
}

function inconsistent({ gauges, totals }: Stats): readonly string[] {
  const { connections, timers, topics, inbox, outbox } = gauges
  const left = [...Object.values(connections), timers, topics, inbox.messages, inbox.bytes, outbox.bytes]
  return [
    ...(left.every((value) => value === 0) ? [] : [`gauges at rest: ${JSON.stringify(gauges)}`]),
    ...(totals.connections === totals.closed ? [] : [`${totals.connections} came, ${totals.closed} closed`]),
    ...(totals.opened <= totals.connections - totals.rejected ? [] : ['more opened than came']),
  ]
}
