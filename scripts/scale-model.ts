import { controlItem } from '../packages/core/src/cluster/control.js'
import { encode } from '../packages/core/src/cluster/envelope.js'
import { newest } from './benchmarks-runs.js'
import { brokerFigures } from './brokers.js'

/** The figures of one server in the benchmark: microseconds of processor time, and bytes. */
export interface Server {
  readonly delivery: number
  readonly message: number
  readonly connect: number
  readonly ping: number
  readonly rss: number
  readonly heap: number
}

/** Connections of the largest process that was measured, and what a message cost there and with few of them. */
export interface Growth {
  readonly few: { readonly connections: number; readonly message: number }
  readonly many: { readonly connections: number; readonly message: number }
}

/** What one message through an engine costs, in microseconds, where it has a publish of its own. */
export interface EngineCosts {
  readonly title: string
  readonly sender: number
  readonly receiver: number
  readonly engine: number
}

const benchmark = newest()
if (benchmark === undefined)
  throw new Error('there is no whole run in bench/results: run `pnpm bench` first.')
const { works, date, command, machine } = benchmark

/** Where the figures of one node come from. */
export const measuredOn: string = `\`${command}\`, ${date}, ${machine.processor}, ${machine.cores} cores, Node ${machine.node}`

/** What the benchmark tells of one server. */
export function serverOf(contestant: 'linkspan-ws' | 'linkspan-uws'): Server {
  const figures = (id: string) => {
    const found = works.find((work) => work.id === id)?.rows.find((row) => row.contestant === contestant)
    if (found === undefined) throw new Error(`the benchmark has no ${id} of ${contestant}`)
    return found.figures
  }
  const cpu = (id: string): number => figures(id).cpu ?? Number.NaN
  const idle = figures(works.find(({ measure }) => measure === 'rss')?.id ?? 'idle')
  return {
    delivery: cpu('broadcast'),
    message: cpu('echo32-w1-sync'),
    connect: cpu('connect'),
    ping: cpu('heartbeat'),
    rss: idle.rss ?? Number.NaN,
    heap: idle.heap ?? Number.NaN,
  }
}

/** How the cost of a message grows with the connections that are silent beside it. */
export function growthOf(contestant: 'linkspan-ws' | 'linkspan-uws'): Growth {
  const sizes = works
    .flatMap(({ id, rows }) => {
      const [, connections] = /^growth-(\d+)$/.exec(id) ?? []
      const message = rows.find((row) => row.contestant === contestant)?.figures.cpu
      return connections === undefined || message === undefined
        ? []
        : [{ connections: Number(connections), message }]
    })
    .sort((one, other) => one.connections - other.connections)
  const [few, many] = [sizes[0], sizes.at(-1)]
  if (few === undefined || many === undefined) throw new Error('the benchmark has no growth')
  return { few, many }
}

/** The cost of one message in a publish of its own; undefined: not measured yet. */
export function costsOf(engine: string): EngineCosts | undefined {
  const figures = brokerFigures(engine)?.figures
  if (figures === undefined) return undefined
  const { sender, receiver = sender, engine: own = Number.NaN } = figures.works.single.cpu
  return { title: figures.title, sender, receiver, engine: own }
}

/** How many of `nodes` have somebody of a room of `members`, when chance places connections. */
export function nodesReached(members: number, nodes: number): number {
  return nodes * (1 - (1 - 1 / nodes) ** members)
}

/** Bytes of one beat: written by the core's own encoder. */
export function beatSize(): number {
  const info = {
    node: 'f0e1d2c3b4a59687',
    epoch: 1.7e12,
    version: '1.4.2',
    connections: 20_000,
    draining: false,
  }
  const item = controlItem({ type: 'beat', info })
  return encode({ node: info.node, epoch: info.epoch, run: 1, first: 12_345, idle: 2_000, items: [item] })
    .byteLength
}

/** Deliveries of beats a second that the engine makes for an application of so many nodes. */
export function beatDeliveries(nodes: number, beat: number): number {
  return (nodes * (nodes - 1) * 1_000) / beat
}
