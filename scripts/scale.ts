// Works out what an application needs, from what `pnpm bench` and `pnpm bench:brokers` have measured. `pnpm scale:docs`
// writes the tables into docs/scale.md; a test beside the docs fails when the page and the data differ.

import { brokerFigures, ENGINES, number } from './brokers.js'
import { table } from './figures.js'
import { GeneratedPart } from './page.js'
import {
  beatDeliveries,
  beatSize,
  costsOf,
  growthOf,
  measuredOn,
  nodesReached,
  type Server,
  serverOf,
} from './scale-model.js'

const PAGE = 'docs/scale.md'
const SECOND = 1_000_000
const GB = 1e9
/** By default, in milliseconds. */
const BEAT = 2_000
const HEARTBEAT = 30_000
/** The same for all engines of one kind: Redis, with one client, stands for them where one has to be chosen. */
const REFERENCE = 'redis-ioredis'

const [ws, uws] = [serverOf('linkspan-ws'), serverOf('linkspan-uws')]
const whole = (value: number): string => Math.round(value).toLocaleString('en')
const percent = (share: number): string => {
  const value = share * 100
  if (value < 0.1) return '< 0.1 %'
  return `${value < 10 ? value.toFixed(1) : whole(value)} %`
}

function tellNode(): string {
  const row = (what: string, of: (server: Server) => string): string[] => [what, of(ws), of(uws)]
  const { few, many } = growthOf('linkspan-ws')
  const uwsGrowth = growthOf('linkspan-uws')
  return [
    table(
      ['one node', 'on ws', 'on uWebSockets.js'],
      [
        row('memory of an idle connection (RSS)', ({ rss }) => `${whole(rss)} bytes`),
        row('of that on the heap', ({ heap }) => `${whole(heap)} bytes`),
        row('idle connections in a gigabyte', ({ rss }) => whole(GB / rss)),
        row('deliveries a second and core (broadcast, 64 B)', ({ delivery }) => whole(SECOND / delivery)),
        row('messages in and out a second and core (echo, 32 B)', ({ message }) => whole(SECOND / message)),
        row('connections opened and closed a second and core', ({ connect }) => whole(SECOND / connect)),
        row(`pings of ${whole(many.connections)} silent connections, of one core`, ({ ping }) =>
          percent((many.connections / HEARTBEAT) * 1_000 * (ping / SECOND)),
        ),
        [
          `µs a message beside ${whole(few.connections)} and beside ${whole(many.connections)} connections`,
          `${number(few.message)} and ${number(many.message)}`,
          `${number(uwsGrowth.few.message)} and ${number(uwsGrowth.many.message)}`,
        ],
      ],
    ),
    `From ${measuredOn}: see [Benchmarks](benchmarks.md).`,
  ].join('\n\n')
}

function tellRooms(): string {
  const sizes = [2, 10, 100, 1_000, 10_000]
  const fleets = [3, 10, 50, 200]
  return table(
    ['members of the room', ...fleets.map((nodes) => `${nodes} nodes`)],
    sizes.map((members) => [members, ...fleets.map((nodes) => nodesReached(members, nodes).toFixed(1))]),
  )
}

function tellEngines(): string {
  return table(
    ['through', 'messages a second and core of the engine', 'of the sender', 'of the receiver'],
    ENGINES.flatMap((engine) => {
      const costs = costsOf(engine)
      if (costs === undefined || engine === 'memory') return []
      return [
        [
          costs.title,
          ...[costs.engine, costs.sender, costs.receiver].map((cost) =>
            Number.isNaN(cost) ? '–' : whole(SECOND / cost),
          ),
        ],
      ]
    }),
  )
}

function tellBeats(): string {
  const costs = costsOf(REFERENCE)
  const size = beatSize()
  const rows = [3, 10, 50, 100, 300, 1_000].flatMap((nodes) =>
    (nodes >= 300 ? [BEAT, 10_000] : [BEAT]).map((beat) => {
      const each = beatDeliveries(nodes, beat) / nodes
      return [
        nodes,
        `${beat / 1_000} s`,
        whole((nodes * 1_000) / beat),
        whole(beatDeliveries(nodes, beat)),
        number(each),
        costs === undefined ? '–' : percent((each * costs.receiver) / SECOND),
        `${number((each * size) / 1_000)} kB`,
        costs === undefined ? '–' : percent((beatDeliveries(nodes, beat) * costs.engine) / SECOND),
      ]
    }),
  )
  return [
    table(
      [
        'nodes',
        '`beat`',
        'published a second',
        'delivered a second',
        'heard by one node',
        'of its core',
        'a second',
        'of a core of Redis',
      ],
      rows,
    ),
    `A beat has ${whole(size)} bytes, however much its node publishes.`,
  ].join('\n\n')
}

function tellStorms(): string {
  const { connections } = growthOf('linkspan-ws').many
  const window = Math.min(15_000, connections * 2)
  return table(
    [
      'nodes',
      'come back to each other node',
      'a second while one of them drains',
      'of a core of each, on ws',
      'of a core of each, on uWebSockets.js',
      'seconds of a core for all at once, on ws',
      'on uWebSockets.js',
    ],
    [2, 4, 10, 50].map((nodes) => {
      const each = connections / (nodes - 1)
      const rate = (each * 1_000) / window
      return [
        nodes,
        whole(each),
        whole(rate),
        ...[ws, uws].map(({ connect }) => percent((rate * connect) / SECOND)),
        ...[ws, uws].map(({ connect }) => `${number((each * connect) / SECOND)} s`),
      ]
    }),
  )
}

/** What is assumed of everybody, and of how nodes are put together. */
const ASSUMED = {
  /** Nodes that may be away at once: for a deployment, or since they died. */
  spare: 0.25,
  /** Nodes of a cell. */
  cell: 100,
  /** Seconds between two messages that a connection gets. */
  every: 10,
  /** Members of a room. */
  room: 10,
} as const

function tellFleet(): string {
  const { connections: most } = growthOf('linkspan-ws').many
  const engines = ['redis-ioredis', 'nats', 'rabbitmq'].flatMap((engine) => costsOf(engine) ?? [])
  const columns = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].map((connections) => {
    const processes = Math.max(2, Math.ceil((connections / most) * (1 + ASSUMED.spare)))
    const cells = Math.ceil(processes / ASSUMED.cell)
    const nodes = Math.ceil(processes / cells)
    const deliveries = connections / ASSUMED.every
    const carried = ((deliveries / ASSUMED.room) * nodesReached(ASSUMED.room, nodes)) / cells
    return {
      connections,
      processes,
      cells,
      nodes,
      deliveries: deliveries / processes,
      memory: (connections * ws.rss) / GB,
      carried,
      beats: beatDeliveries(nodes, BEAT),
    }
  })
  const row = (what: string, of: (one: (typeof columns)[number]) => string): string[] => [
    what,
    ...columns.map(of),
  ]
  return table(
    ['connections', ...columns.map(({ connections }) => whole(connections))],
    [
      row('processes, a core each', ({ processes }) => whole(processes)),
      row('cells', ({ cells }) => whole(cells)),
      row('processes of a cell', ({ nodes }) => whole(nodes)),
      row('memory of idle connections, in all', ({ memory }) => `${number(memory)} GB`),
      row('deliveries a second and process', ({ deliveries }) => whole(deliveries)),
      row('of its core, on ws', ({ deliveries }) => percent((deliveries * ws.delivery) / SECOND)),
      row('carried a second by the engine of a cell', ({ carried }) => whole(carried)),
      row('and beats', ({ beats }) => whole(beats)),
      ...engines.map(({ title, engine }) =>
        row(`cores of ${title}, a cell`, ({ carried, beats }) =>
          number(((carried + beats) * engine) / SECOND),
        ),
      ),
    ],
  )
}

/** Which machine and day the figures of engines are of. */
function tellProvenance(): string {
  const recorded = brokerFigures(REFERENCE)
  if (recorded === undefined) return 'Engines: not measured yet.'
  const { command, date, machine, figures } = recorded
  return [
    `Nodes: ${measuredOn}. Engines: \`${command}\`, ${date}, ${machine}; load average ${figures.load.before.toFixed(2)} before,`,
    `${figures.load.after.toFixed(2)} after. Everything else in the tables is worked out from these.`,
  ].join('\n')
}

/** The tables in docs/scale.md. */
export const scale: readonly GeneratedPart[] = [
  new GeneratedPart(PAGE, 'scale-provenance', tellProvenance),
  new GeneratedPart(PAGE, 'scale-node', tellNode),
  new GeneratedPart(PAGE, 'scale-rooms', tellRooms),
  new GeneratedPart(PAGE, 'scale-engines', tellEngines),
  new GeneratedPart(PAGE, 'scale-beats', tellBeats),
  new GeneratedPart(PAGE, 'scale-storms', tellStorms),
  new GeneratedPart(PAGE, 'scale-fleet', tellFleet),
]
for (const part of scale) part.writeAsProgram(import.meta.url)
