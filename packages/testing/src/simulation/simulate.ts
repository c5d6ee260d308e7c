import type { Linkspan } from '@linkspan/core'
import { memoryHost } from '../memory.js'
import { type MessageMaker, SimulatedClient } from './client.js'
import { LARGEST_BROADCAST, Probe } from './probe.js'
import { Random } from './random.js'
import { type Action, makeSchedule } from './schedule.js'
import { Trace } from './trace.js'
import { type Faults, World } from './world.js'

/**
 * What to simulate, and how hard.
 *
 * @example
 * await simulate({ app, seed: 1, clients: 20, steps: 500, faults: { failure: 0.2 } })
 */
export interface SimulateOptions {
  /** Builds the application: with `world.linkspan` in place of `linkspan`, and `world.io` for whatever it waits for. */
  readonly app: (world: World) => Linkspan<never> | Linkspan<unknown>
  /** The same seed makes the same run, to the byte. */
  readonly seed: number
  /** Default: 8. */
  readonly clients?: number
  /** Default: 150. */
  readonly steps?: number
  readonly faults?: Faults
  /** The path that clients ask for. Default: `'/'`. */
  readonly path?: string
  /** Makes a client's messages. Default: short text. */
  readonly message?: MessageMaker
  /** What happens, in place of what the seed makes: to replay a part of a schedule. */
  readonly schedule?: readonly Action[]
}

/**
 * What a run showed.
 *
 * @example
 * const { violations, trace } = await simulate({ app, seed: 1 })
 */
export interface SimulationReport {
  readonly seed: number
  /** What did not hold, in the order in which it showed. Empty: all held. */
  readonly violations: readonly string[]
  readonly schedule: readonly Action[]
  /** What happened, a line each. */
  readonly trace: readonly string[]
  readonly counts: {
    readonly connections: number
    readonly opened: number
    readonly rejected: number
    readonly received: number
    readonly faults: World['faults']
  }
}

/** Milliseconds that the last drain has. */
const GRACE = 10_000
/** Virtual time given at the end for every deadline to pass, beyond the application's own. */
const AFTERMATH = 60_000
const numbered: MessageMaker = (_random, count) => `message ${count}`

/**
 * Runs an application against random clients, latencies, failures and drains, all from one seed, on a transport in
 * memory and a virtual clock; and checks after every step what must hold: the order of states, one close each, messages
 * in order and one at a time, none before active or after our own close, queues within their bounds, resources given
 * back once and in reverse; and at the end, that nothing is left.
 *
 * @example
 * const { violations } = await simulate({ seed: 1, app: ({ linkspan }) => linkspan().message((conn, m) => { conn.send(m) }) })
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const { seed, clients = 8, steps = 150, path = '/', message = numbered } = options
  const schedule = options.schedule ?? makeSchedule(seed, steps, clients)
  const random = new Random(seed ^ 0x5bd1e995)
  const sent = new Map<string, string[]>()
  const trace = new Trace(() => world.clock.monotonic())
  const probe = new Probe(trace, (client) => sent.get(client) ?? [])
  const world: World = new World(random, probe, options.faults ?? {})
  const app = options.app(world) as Linkspan<unknown>
  if (probe.app !== app)
    throw new Error('the application under simulation is to be made with world.linkspan(options).')
  const { maxPayload, handshakeTimeout, closeTimeout, releaseTimeout } = app.options
  const host = await memoryHost(app)
  const context = { host, random, path, maxPayload, message, sent }
  const crowd = Array.from({ length: clients }, (_, number) => new SimulatedClient(context, number))

  const unhandled = (thrown: unknown): void => {
    probe.violations.push(`a rejection was not handled: ${String(thrown)}`)
  }
  process.on('unhandledRejection', unhandled)
  try {
    for (const action of schedule) {
      trace.add(describe(action))
      await perform(action, crowd, app, world)
      await quiet()
      probe.check()
    }
    trace.add('everybody leaves')
    for (const client of crowd) client.leave()
    await quiet()
    // Twice: an early accept() begins the handshake's deadline anew.
    await world.clock.advance(2 * handshakeTimeout + closeTimeout + releaseTimeout + AFTERMATH)
    // Reading may be paused behind a handler that hangs: then only the server's own end ends it.
    trace.add('the server stops')
    void app.drain({ grace: GRACE })
    await world.clock.advance(GRACE + closeTimeout + releaseTimeout + AFTERMATH)
    await host.close()
    await quiet()
    probe.checkEmpty(world.clock.pending)
  } finally {
    process.off('unhandledRejection', unhandled)
  }
  const { totals } = app.stats()
  const { opened, rejected, received } = totals
  return {
    seed,
    violations: probe.violations,
    schedule,
    trace: trace.lines,
    counts: { connections: totals.connections, opened, rejected, received, faults: world.faults },
  }
}

async function perform(
  action: Action,
  crowd: readonly SimulatedClient[],
  app: Linkspan<unknown>,
  world: World,
): Promise<void> {
  const { kind, client, amount, exactly } = action
  switch (kind) {
    case 'advance':
      return world.clock.advance(exactly ?? Math.floor(amount ** 3 * 60_000))
    case 'broadcast':
      app.broadcast('x'.repeat(Math.floor(amount * LARGEST_BROADCAST)))
      return
    case 'disconnect': {
      const all = [...app.connections]
      const one = all[Math.floor(amount * all.length)]
      if (one !== undefined) void app.disconnect(one)
      return
    }
    case 'drain':
      void app.drain({ grace: 1 + Math.floor(amount * 10_000) })
      return
    default:
      return crowd[client]?.act(action)
  }
}

function describe({ kind, client, amount, exactly }: Action): string {
  const whose = ['advance', 'broadcast', 'disconnect', 'drain'].includes(kind) ? '' : ` (client ${client})`
  return `▸ ${kind}${whose} ${exactly ?? amount.toFixed(3)}`
}

/** Lets every promise that can go on go on: what is left then waits for the clock. */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
