import { Explanation, type Linkspan, type Recording } from '@linkspan/core'
import { VirtualClock } from '../clock.js'
import { memoryHost } from '../memory.js'
import type { ConnectOptions } from '../peer.js'
import type { World } from '../simulation/world.js'
import { actsOf } from './acts.js'
import { ReplayedClient, type ReplayedMessage } from './client.js'
import { differences } from './compare.js'
import { ReplayWorld } from './replay-world.js'

/**
 * What a life is replayed with: a function that makes the application out of a world, as `simulate` takes it; or the
 * application itself, with a `VirtualClock` and a recorder.
 */
export type Replayable =
  | Linkspan<never>
  | Linkspan<unknown>
  | ((world: World) => Linkspan<never> | Linkspan<unknown>)

/**
 * What a recording does not have, since it would be a secret.
 *
 * @example
 * await replay(makeApp, recording, { connect: { path: '/chat?token=test' }, message: (number) => `{"number":${number}}` })
 */
export interface ReplayOptions {
  /** What the client asks for: path, headers, subprotocols. Default: `/`, and the subprotocol that was chosen. */
  readonly connect?: ConnectOptions
  /** The client's messages; for `undefined`, and by default, a filler of the size that the message had. */
  readonly message?: ReplayedMessage
}

/**
 * How a replay went.
 *
 * @example
 * const { same, differences, explanation } = await replay(makeApp, recording)
 */
export interface ReplayReport {
  /** Whether it went through the same states, middleware decided the same, and it came to the same end. */
  readonly same: boolean
  /** What is not the same, a line each. */
  readonly differences: readonly string[]
  /** Of the replay. */
  readonly explanation: Explanation
}

/**
 * Has a recorded life happen once more, in memory and on a virtual clock: the same arrival, messages of the same kinds and
 * sizes at the same times, pings answered or not, the same close frames, cuts, drains and disconnects. Whatever else
 * happens is the application's doing: so what it answers is a regression test.
 *
 * @throws Error where the application has no `VirtualClock`, no recorder, or was not made with `world.linkspan`.
 *
 * @example
 * expect(await replay(({ linkspan }) => chat(linkspan), recording)).toMatchObject({ same: true })
 */
export async function replay(
  application: Replayable,
  recording: Recording,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const { app, clock } = prepared(application, recording)
  const acts = actsOf(recording)
  const host = await memoryHost(app)
  let id: string | undefined
  const stop = app.observe({
    watch: (conn) => {
      id ??= conn.id
      return undefined
    },
  })
  if (turnedAway(recording) === 1012) void app.drain()
  const began = clock.monotonic()
  const connect = { ...defaultsOf(recording), ...options.connect }
  const message = options.message ?? (() => undefined)
  const client = new ReplayedClient(app, host, { connect, message })
  await quiet()
  for (const act of acts) {
    await pass(clock, began + act.at - clock.monotonic())
    client.perform(act)
    await quiet()
  }
  await pass(clock, began + recording.age - clock.monotonic())
  if (recording.end !== undefined) await pass(clock, patience(app), () => app.connections.size === 0)
  const replayed = id === undefined ? undefined : app.recording(id)
  client.leave()
  await pass(clock, patience(app), () => app.connections.size === 0)
  await host.close()
  stop()
  if (replayed === undefined)
    throw new Error('the application was never asked: its host turned the client away.')
  const told = differences(recording, replayed)
  return { same: told.length === 0, differences: told, explanation: new Explanation(replayed) }
}

function prepared(
  application: Replayable,
  recording: Recording,
): { readonly app: Linkspan<unknown>; readonly clock: VirtualClock } {
  if (typeof application !== 'function') {
    const app = application as Linkspan<unknown>
    const { clock, recorder } = app.options
    if (clock instanceof VirtualClock && recorder !== undefined) return { app, clock }
    throw new Error(
      'an application is replayed with linkspan({ clock: new VirtualClock(), recorder: flightRecorder() }), or made by a function, with world.linkspan().',
    )
  }
  const world = new ReplayWorld(recording)
  const app = application(world)
  if (app !== world.app)
    throw new Error('the application that is replayed is to be made with world.linkspan(options).')
  return { app: app as Linkspan<unknown>, clock: world.clock }
}

/** What a client that was turned away had got, else `undefined`. */
function turnedAway({ entries }: Recording): number | undefined {
  const [closing] = entries.filter((entry) => entry.what === 'closing')
  return closing?.cause === 'turned-away' ? closing.code : undefined
}

function defaultsOf(recording: Recording): ConnectOptions {
  return {
    protocols: recording.protocol === '' ? [] : [recording.protocol],
    // Whichever it was, it was not one of those that may connect.
    ...(turnedAway(recording) === 4003 ? { headers: { origin: 'https://elsewhere.invalid' } } : {}),
  }
}

/** Milliseconds in which whatever ends by itself has ended. */
function patience({ options }: Linkspan<unknown>): number {
  const { handshakeTimeout, closeTimeout, releaseTimeout, heartbeat } = options
  const beats = heartbeat?.paces.map(({ interval }) => interval) ?? []
  return 2 * handshakeTimeout + closeTimeout + releaseTimeout + 2 * Math.max(0, ...beats)
}

/** Lets time pass, until `over` at the longest. */
async function pass(clock: VirtualClock, time: number, over: () => boolean = () => false): Promise<void> {
  const step = Math.max(1_000, time / 200)
  for (let left = time; left > 0 && !over(); left -= step) {
    await clock.advance(Math.min(left, step))
    await quiet()
  }
}

/** Lets every promise that can go on go on. */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
