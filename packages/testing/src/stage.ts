import {
  type Linkspan,
  type LinkspanError,
  type LinkspanOptions,
  type Logger,
  linkspan,
  type Stats,
  toError,
} from '@linkspan/core'
import type { Behaviour, Served, Stage } from './behaviour.js'
import { VirtualClock } from './clock.js'
import type { HostFactory, Supports, TestHost } from './host.js'
import { brokenLives } from './life.js'
import type { Answer, Attempt, ConnectOptions, Peer } from './peer.js'
import { PortWatch } from './port-watch.js'
import { Recorder } from './recorder.js'
import { until, within } from './until.js'

const nothing = (): void => {}
const SILENT: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isLevelEnabled: () => false,
}
/** Milliseconds of real time that a behaviour may take: what it awaits has a deadline of 5 s, but not everything has. */
const MOST = 7_000
/** Milliseconds of real time in which connections that were cut end by themselves, unless something of them hangs. */
const GRACE = 100
/** The same, once their deadlines have passed. */
const LAST_GRACE = 1_000

/** Runs one behaviour on a stage of its own, and checks that it has left nothing behind. */
export async function perform(behaviour: Behaviour, factory: HostFactory, supports: Supports): Promise<void> {
  const stage = new LiveStage(factory, supports)
  try {
    await within(behaviour.run(stage), 'the behaviour has ended', MOST)
  } catch (failure) {
    // What it was about says more than what it has left behind.
    await stage.close().catch(nothing)
    throw failure
  }
  await stage.close()
  const problems = stage.leftBehind()
  if (problems.length > 0) throw new Error(`it left behind:\n  ${problems.join('\n  ')}`)
}

class LiveStage implements Stage {
  readonly clock: VirtualClock = new VirtualClock()
  readonly supports: Supports
  readonly #factory: HostFactory
  readonly #records = new Map<Linkspan<unknown>, Recorder>()
  readonly #watches = new Map<Linkspan<unknown>, PortWatch>()
  readonly #hosts: TestHost[] = []

  constructor(factory: HostFactory, supports: Supports) {
    this.#factory = factory
    this.supports = supports
  }

  app(options: LinkspanOptions = {}): Linkspan<{}> {
    const app = linkspan({ origin: '*', logger: SILENT, ...options, clock: this.clock })
    this.#records.set(app as unknown as Linkspan<unknown>, new Recorder(app as unknown as Linkspan<unknown>))
    return app
  }

  record(app: Linkspan<unknown>): Recorder {
    const record = this.#records.get(app)
    if (record === undefined) throw new Error('only applications made with stage.app() are recorded')
    return record
  }

  async serve(app: Linkspan<unknown>): Promise<Served> {
    if (!this.#watches.has(app)) this.#watches.set(app, new PortWatch(app, this.supports.pause))
    const host = await this.#factory(app)
    this.#hosts.push(host)
    return new LiveServed(host)
  }

  until(holds: () => boolean, what: string): Promise<void> {
    return until(holds, what)
  }

  /** Cuts every connection, lets their deadlines pass where something hangs, and ends the hosts. */
  async close(): Promise<void> {
    await this.#cut()
    for (const host of this.#hosts) await within(host.close(), 'the host has closed')
    await this.#cut()
    // The core may have given a transport up that had only not come to say so yet.
    const quiet = (): boolean => [...this.#watches.values()].every((watch) => watch.open === 0)
    await until(quiet, 'the transports have closed', LAST_GRACE).catch(nothing)
  }

  leftBehind(): readonly string[] {
    const problems: string[] = []
    for (const [app, record] of this.#records) {
      problems.push(...brokenLives(record), ...gaugesLeft(app.stats()))
      const { connections, closed } = app.stats().totals
      if (connections !== closed) problems.push(`${connections} connections came, and ${closed} closed`)
      if (app.connections.size > 0) problems.push(`${app.connections.size} connections are still registered`)
      for (const error of record.unexpectedErrors()) problems.push(`an unexpected error: ${told(error)}`)
    }
    for (const watch of this.#watches.values()) problems.push(...watch.end())
    if (this.clock.pending > 0) problems.push(`${this.clock.pending} timers of the clock still run`)
    return problems
  }

  async #cut(): Promise<void> {
    const apps = [...this.#records.keys()]
    const empty = (): boolean => {
      for (const app of apps) for (const conn of app.connections) conn.terminate()
      return apps.every((app) => app.connections.size === 0)
    }
    await until(empty, 'the connections have ended', GRACE).catch(async () => {
      // One deadline after the other: of the closing handshake, then of the release.
      for (const { options } of apps) await this.clock.advance(options.closeTimeout + options.releaseTimeout)
      await until(empty, 'the connections have ended', LAST_GRACE).catch(nothing)
    })
  }
}

class LiveServed implements Served {
  readonly #host: TestHost

  constructor(host: TestHost) {
    this.#host = host
  }

  attempt(options?: ConnectOptions): Attempt {
    return this.#host.connect(options)
  }

  answer(options?: ConnectOptions): Promise<Answer> {
    return within(this.attempt(options).answer, 'the upgrade request was answered')
  }

  async connect(options?: ConnectOptions): Promise<Peer> {
    const answer = await this.answer(options)
    if (answer.upgraded) return answer.peer
    throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
  }
}

function gaugesLeft(stats: Stats): readonly string[] {
  const { connections, timers, topics, inbox, outbox } = stats.gauges
  const gauges = {
    ...connections,
    timers,
    topics,
    'messages in inboxes': inbox.messages,
    'bytes in inboxes': inbox.bytes,
    'bytes in outboxes': outbox.bytes,
  }
  return Object.entries(gauges).flatMap(([name, value]) => (value === 0 ? [] : [`stats: ${value} ${name}`]))
}

function told(error: LinkspanError): string {
  const because = error.cause === undefined ? '' : ` (${toError(error.cause).message})`
  return `${error.code}: ${error.message}${because}`
}
