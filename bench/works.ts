import { COMPARED, CONTESTANTS, CORE, OBSERVED, ON_SOCKETS, UNOBSERVED, WITH_CONTEXT } from './contestants.js'
import type { Load, Told } from './load.js'
import { mostConnections } from './processes.js'
import type { Server } from './server.js'
import type { Figures, Scale, Work } from './work.js'

/** For what is asked of a connection: ambient context costs messages, if anything. */
const EVERYBODY = CONTESTANTS.filter(
  ({ telemetry, pipeline }) => telemetry === undefined && pipeline !== 'context',
).map(({ name }) => name)
const CONNECTIONS = 100
const AT_ONCE = 50
/** Milliseconds: what was compiled is compiled anew for a while, and a per cent of that would be seen. */
const WARM_OBSERVED = 3_000
/** What uWebSockets.js does at the most. */
const HEARTBEAT = 4_000

/** All that there is to measure at this scale. */
export function worksAt(scale: Scale): readonly Work[] {
  const most = scale.everybody ? EVERYBODY : COMPARED
  const onSockets = scale.everybody ? ON_SOCKETS : WITH_CONTEXT
  const [idle = 0] = scale.idle
  return [
    ...echoes(scale, onSockets),
    connect(scale, most),
    ...scale.idle.map((connections, index) =>
      memory(connections, index === 0 && scale.everybody ? [...COMPARED, 'socket.io'] : CORE),
    ),
    broadcast(scale, scale.everybody ? [...CORE, 'socket.io', 'crossws-node', 'crossws-uws'] : CORE),
    heartbeat(idle),
    drain(idle),
    ...(scale.everybody ? [100, 20_000].map((size) => growth(Math.min(size, mostConnections), scale)) : []),
    ...(scale.everybody ? [...[1, 16].map((window) => observed(window, scale)), remembered(idle)] : []),
  ]
}

function echoes(scale: Scale, most: readonly string[]): readonly Work[] {
  return [
    echo(scale, 32, 1, 'sync', scale.everybody ? most : CORE),
    echo(scale, 32, 16, 'sync', most),
    echo(scale, 32, 16, 'async', CORE),
    echo(scale, 1024, 16, 'sync', CORE),
  ]
}

/** What one unit of something took of the server's CPU. */
async function costOf(
  server: Server,
  act: () => Promise<Told>,
  count: (told: Told) => number,
): Promise<Figures> {
  const before = await server.ask('cpu')
  const told = await act()
  const after = await server.ask('cpu')
  const units = count(told)
  if (units === 0 || told.failed > 0) throw new Error(`nothing measured: ${JSON.stringify(told)}`)
  const { p50, p99, seconds } = told
  return {
    cpu: (after.cpu - before.cpu) / units,
    rate: units / seconds,
    seconds,
    ...(p99 > 0 ? { p50, p99 } : {}),
  }
}

/** Until the server's code is compiled: for a time, and on a busy machine until enough was done. */
async function warmUp(load: Load, command: string, warm: number, least: number): Promise<void> {
  let done = 0
  for (let turn = 0; turn < 10 && (turn === 0 || done < least); turn += 1)
    done += (await load.do(`${command} ${warm}`)).units
}

const units = (told: Told): number => told.units

function echo(
  { warm, time }: Scale,
  size: number,
  window: number,
  handler: 'sync' | 'async',
  contestants: readonly string[],
): Work {
  return {
    id: `echo${size}-w${window}-${handler}`,
    title: `echo ${size === 32 ? '32 B' : '1 KiB'}, window ${window}, ${handler} handler`,
    unit: 'message',
    measure: 'cpu',
    setup: { handler },
    size,
    contestants,
    twins: true,
    run: async (server, load) => {
      await load.open(CONNECTIONS)
      await warmUp(load, `echo ${CONNECTIONS} ${window}`, warm, 30_000)
      return costOf(server, () => load.do(`echo ${CONNECTIONS} ${window} ${time}`), units)
    },
  }
}

function connect({ warm, time }: Scale, contestants: readonly string[]): Work {
  return {
    id: 'connect',
    title: 'connect, echo, close',
    unit: 'connection',
    measure: 'cpu',
    setup: { handler: 'sync' },
    size: 32,
    contestants,
    twins: true,
    run: async (server, load) => {
      await warmUp(load, `cycle ${AT_ONCE}`, 2 * warm, 6_000)
      return costOf(server, () => load.do(`cycle ${AT_ONCE} ${time}`), units)
    },
  }
}

function memory(wanted: number, contestants: readonly string[]): Work {
  const connections = Math.min(wanted, mostConnections)
  return {
    id: `idle-${wanted}`,
    title: `${connections.toLocaleString('en')} idle connections`,
    unit: 'connection',
    measure: 'rss',
    setup: { handler: 'sync' },
    size: 32,
    contestants,
    twins: false,
    run: async (server, load) => {
      // What is compiled and grown once, V8's young generation above all, is no connection's: the second half counts.
      const half = connections >> 1
      await warmUp(load, `cycle ${AT_ONCE}`, 500, 2_000)
      await load.open(half)
      const before = await server.ask('memory')
      await load.open(half)
      const after = await server.ask('memory')
      return {
        rss: (after.rss - before.rss) / half,
        heap: (after.heap - before.heap) / half,
        buffers: (after.buffers - before.buffers) / half,
      }
    },
  }
}

function broadcast({ warm, time }: Scale, contestants: readonly string[]): Work {
  return {
    id: 'broadcast',
    title: 'broadcast of 64 B to 1,000 connections',
    unit: 'delivery',
    measure: 'cpu',
    setup: { handler: 'room' },
    size: 64,
    contestants,
    twins: true,
    run: async (server, load) => {
      await load.open(1_000)
      await warmUp(load, 'fan', 2 * warm, 50_000)
      return costOf(server, () => load.do(`fan ${time}`), units)
    },
  }
}

function heartbeat(connections: number): Work {
  const time = 1.25 * HEARTBEAT
  return {
    id: 'heartbeat',
    title: `heartbeat of ${connections.toLocaleString('en')} idle connections`,
    unit: 'ping',
    measure: 'cpu',
    setup: { handler: 'sync', heartbeat: HEARTBEAT },
    size: 32,
    contestants: CORE,
    twins: false,
    run: async (server, load) => {
      await load.open(connections)
      // What opening them has left to collect is none of a ping's cost.
      await server.ask('memory')
      // A timer of a millisecond looks for stalls, and costs about as much as the pings: first one, then the other.
      await server.ask('watch')
      await load.do(`idle ${HEARTBEAT}`)
      const { stall } = await server.ask('unwatch')
      const figures = await costOf(
        server,
        () => load.do(`idle ${time}`),
        (told) => told.pings,
      )
      return { ...figures, stall }
    },
  }
}

function drain(connections: number): Work {
  return {
    id: 'drain',
    title: `drain of ${connections.toLocaleString('en')} connections`,
    unit: 'connection',
    measure: 'cpu',
    setup: { handler: 'sync' },
    size: 32,
    contestants: CORE,
    twins: false,
    run: async (server, load) => {
      await load.open(connections)
      await server.ask('watch')
      const before = await server.ask('cpu')
      const [told] = await Promise.all([load.do('closed 30000'), server.ask('drain')])
      const after = await server.ask('cpu')
      if (told.live > 0) throw new Error(`${told.live} connections are still open`)
      return { cpu: (after.cpu - before.cpu) / told.ended, stall: after.stall, seconds: told.seconds }
    },
  }
}

function growth(connections: number, { warm, time }: Scale): Work {
  return {
    id: `growth-${connections}`,
    title: `echo 32 B, window 1, on ${CONNECTIONS} of ${connections.toLocaleString('en')} connections`,
    unit: 'message',
    measure: 'cpu',
    setup: { handler: 'sync' },
    size: 32,
    contestants: CORE,
    twins: false,
    run: async (server, load) => {
      await load.open(connections)
      await warmUp(load, `echo ${CONNECTIONS} 1`, warm, 30_000)
      return costOf(server, () => load.do(`echo ${CONNECTIONS} 1 ${time}`), units)
    },
  }
}

/** What telemetry takes of a message. */
function observed(window: number, { warm, time }: Scale): Work {
  return {
    id: `telemetry-w${window}-sync`,
    title: `telemetry: echo 32 B, window ${window}, sync handler`,
    unit: 'message',
    measure: 'cpu',
    setup: { handler: 'sync' },
    size: 32,
    contestants: OBSERVED,
    twins: false,
    turns: {
      count: 4,
      ready: async (_server, load) => {
        await load.open(CONNECTIONS)
        // Many at once: what sends traces is to be compiled as well, and has one message of a hundred.
        await warmUp(load, `echo ${CONNECTIONS} 16`, WARM_OBSERVED, 500_000)
        await warmUp(load, `echo ${CONNECTIONS} ${window}`, 2 * warm, 30_000)
      },
    },
    run: (server, load) => costOf(server, () => load.do(`echo ${CONNECTIONS} ${window} ${2 * time}`), units),
  }
}

/** What the flight recorder takes of an idle connection. */
function remembered(connections: number): Work {
  const recorded = [UNOBSERVED, `${UNOBSERVED}-again`, 'linkspan-ws-recorder']
  const work = memory(connections, recorded)
  return { ...work, id: `telemetry-${work.id}`, title: `telemetry: ${work.title}` }
}
