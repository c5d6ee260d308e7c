import { Deferred } from '@linkspan/core'
import { Sequence, type ShutdownReport } from './sequence.js'
import { type Plan, plan, type ShutdownOptions } from './shutdown-options.js'

/**
 * A shutdown that waits for its signal.
 *
 * @example
 * const stopping: Shutdown = shutdown({ apps: [app], servers: [server] })
 */
export interface Shutdown {
  /** Begins it now, without a signal, and answers `done`. What has begun is not begun again. */
  begin(): Promise<ShutdownReport>
  /** Resolves when it is over; never rejects. Where the process is to exit, it does so a turn later. */
  readonly done: Promise<ShutdownReport>
  /** Whether it has begun. */
  readonly begun: boolean
  /** Takes the signal handlers away. What has begun goes on. */
  disarm(): void
  /** Begins it, and resolves when it is over. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Ends a process in order, on a signal or when told to: readiness turns false, new upgrades get 503 with `Retry-After`,
 * connections close in batches with 1012; when all of them are gone and everything they held is released, what `close`
 * names is closed, then the servers; then the process exits, where a signal began it. All of that takes no longer than
 * `grace`: what hangs is cut and what throws is noted, and neither stops the rest.
 *
 * A second signal ends what is left at once, with exit code 1. One a process, or one a worker thread, which gets no
 * signals.
 *
 * @throws LinkspanError `LINKSPAN_OPTION` that names the option, what it takes and what it got.
 *
 * @example
 * shutdown({ apps: [app], servers: [server], close: { redis: () => redis.quit() } })
 */
export function shutdown(options: ShutdownOptions): Shutdown {
  return new ArmedShutdown(plan(options))
}

class ArmedShutdown implements Shutdown {
  readonly #plan: Plan
  readonly #done = new Deferred<ShutdownReport>()
  #sequence: Sequence | undefined
  #signalledAt: number | undefined

  constructor(plan: Plan) {
    this.#plan = plan
    for (const signal of plan.signals) process.on(signal, this.#onSignal)
  }

  get done(): Promise<ShutdownReport> {
    return this.#done.promise
  }

  get begun(): boolean {
    return this.#sequence !== undefined
  }

  begin(): Promise<ShutdownReport> {
    this.#begin('SIGTERM')
    return this.done
  }

  disarm(): void {
    for (const signal of this.#plan.signals) process.off(signal, this.#onSignal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.begin()
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const { clock, force } = this.#plan
    const now = clock.monotonic()
    if (this.#signalledAt === undefined) {
      this.#signalledAt = now
      this.#begin(signal)
    } else if (now - this.#signalledAt >= force) {
      this.#sequence?.force()
    }
  }

  #begin(signal: NodeJS.Signals): void {
    if (this.#sequence !== undefined) return
    this.#sequence = new Sequence(this.#plan)
    void this.#sequence.run(signal).then((report) => this.#end(report))
  }

  #end(report: ShutdownReport): void {
    this.disarm()
    this.#log(report)
    this.#done.resolve(report)
    const exits = this.#plan.exit ?? this.#signalledAt !== undefined
    // Those who wait for `done` go first.
    if (exits) setImmediate(() => process.exit(report.clean ? 0 : 1))
  }

  #log({ clean, connections, errors, steps, duration }: ShutdownReport): void {
    const { log } = this.#plan
    const outcomes = Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]))
    const fields = { ...connections, errors, steps: outcomes, duration: Math.round(duration) }
    if (clean) log.info('shutdown.ended', 'shut down', fields)
    else log.error('shutdown.ended', 'shut down, not everything of it in order', fields)
  }
}
