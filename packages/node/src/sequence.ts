import { Departure } from './departure.js'
import { leave } from './leaving.js'
import { ServerEnd } from './server.js'
import type { Plan } from './shutdown-options.js'
import { type ShutdownStep, Steps } from './steps.js'
import { isClusterWorker, leaveCluster, Workers } from './workers.js'

/**
 * How a shutdown went.
 *
 * @example
 * const { clean, connections, steps }: ShutdownReport = await stopping.done
 */
export interface ShutdownReport {
  /** Every step ended by itself, no connection was cut, and no application had an error meanwhile. */
  readonly clean: boolean
  readonly connections: {
    /** Those that ended by themselves, or when they were asked to. */
    readonly closed: number
    /** Those that were cut, or whose releases had not ended in time. */
    readonly forced: number
  }
  /** `error` events of the applications meanwhile: releases that threw or never ended, handlers that threw. */
  readonly errors: number
  /** In the order in which they ended. */
  readonly steps: readonly ShutdownStep[]
  /** Milliseconds. */
  readonly duration: number
}

/**
 * The shares of what `notice` leaves of the grace period: when connections that are left are cut, when their releases
 * are given up, and when what is closed after them is. With the defaults of an application and of a shutdown that is
 * 18 s, 24 s and 28.5 s: the last close goes out at 9 s, and may take 5 s for its handshake and 10 s for its releases.
 *
 *     0          0.3                  0.6          0.8         0.95  1
 *     ├─ closes ──┼─ their handshakes ─┼─ releases ─┼─ `close` ─┼─────┤ servers
 */
const CUT = 0.6
const RELEASED = 0.8
const CLOSED = 0.95

/** Ends everything, in order: connections, what they needed, servers. */
export class Sequence {
  readonly #plan: Plan
  readonly #steps: Steps
  readonly #departure: Departure
  readonly #startedAt: number

  constructor(plan: Plan) {
    const { clock, log, onProgress } = plan
    this.#plan = plan
    this.#steps = new Steps(clock, log, onProgress)
    this.#departure = new Departure(plan.apps, clock)
    this.#startedAt = clock.monotonic()
  }

  /** Hands `signal` on to the workers of a cluster. Never rejects. */
  async run(signal: NodeJS.Signals): Promise<ShutdownReport> {
    const { apps, notice, workers } = this.#plan
    for (const app of apps) leave(app)
    const gone = workers ? this.#endWorkers(signal) : undefined
    if (notice > 0) await this.#giveNotice(notice)
    if (apps.length > 0) await this.#endConnections()
    await this.#close()
    await this.#endServers()
    await gone
    if (isClusterWorker()) {
      await this.#steps.take({ name: 'cluster', time: this.#until(1), act: leaveCluster })
    }
    return this.#report()
  }

  /** Ends what is left at once; `run` resolves soon. */
  force(): void {
    this.#steps.force()
  }

  /** Milliseconds that are left until a share of the time is over. */
  #until(share: number): number {
    const { grace, notice, clock } = this.#plan
    return notice + (grace - notice) * share - (clock.monotonic() - this.#startedAt)
  }

  async #endWorkers(signal: NodeJS.Signals): Promise<void> {
    const workers = new Workers()
    if (workers.size === 0) return
    await this.#steps.take({
      name: 'workers',
      time: this.#until(1),
      act: () => workers.end(signal),
      cut: () => workers.cut(),
    })
  }

  async #giveNotice(notice: number): Promise<void> {
    const { clock } = this.#plan
    let timer: unknown
    const over = (): Promise<undefined> =>
      new Promise((resolve) => {
        timer = clock.setTimeout(() => resolve(undefined), notice)
      })
    await this.#steps.take({
      name: 'notice',
      time: this.#until(1),
      act: over,
      cut: () => clock.clearTimeout(timer),
    })
  }

  async #endConnections(): Promise<void> {
    const departure = this.#departure
    const grace = Math.max(0, Math.floor(this.#until(CUT)))
    await this.#steps.take({
      name: 'connections',
      time: this.#until(RELEASED),
      act: () => departure.drain(grace, this.#plan.drain),
      cut: () => departure.cut(),
    })
  }

  /** What one leaves of its time the next ones have. */
  async #close(): Promise<void> {
    const { closings } = this.#plan
    for (const [index, { name, end }] of closings.entries()) {
      const act = async (): Promise<undefined> => void (await end())
      await this.#steps.take({ name, time: this.#until(CLOSED) / (closings.length - index), act })
    }
  }

  async #endServers(): Promise<void> {
    const { servers, clock } = this.#plan
    const ends = servers.map((server, index) => {
      const end = new ServerEnd(server, clock)
      return this.#steps.take({
        name: servers.length === 1 ? 'server' : `server ${index + 1}`,
        time: this.#until(1),
        act: () => end.end(),
        cut: () => end.cut(),
      })
    })
    await Promise.all(ends)
  }

  #report(): ShutdownReport {
    const { closed, forced, errors } = this.#departure
    const steps = this.#steps.taken
    return {
      clean: forced === 0 && errors === 0 && steps.every(({ outcome }) => outcome === 'done'),
      connections: { closed, forced },
      errors,
      steps,
      duration: Math.round(this.#plan.clock.monotonic() - this.#startedAt),
    }
  }
}
