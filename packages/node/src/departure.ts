import type { Clock, Connection, DrainOptions, Linkspan } from '@linkspan/core'
import type { StepOutcome } from './steps.js'

/** Milliseconds by which our cut comes before that of `drain`, so that one of them counts. */
const AHEAD = 10

/** The connections of applications, on their way out. */
export class Departure {
  readonly #apps: readonly Linkspan<unknown>[]
  readonly #clock: Clock
  readonly #errorsBefore: number
  #there: readonly Connection<unknown>[] | undefined
  #forced = 0

  constructor(apps: readonly Linkspan<unknown>[], clock: Clock) {
    this.#apps = apps
    this.#clock = clock
    this.#errorsBefore = errorsOf(apps)
  }

  get closed(): number {
    return (this.#there?.length ?? 0) - this.#forced
  }

  get forced(): number {
    return this.#forced
  }

  /** `error` events of the applications meanwhile. */
  get errors(): number {
    return errorsOf(this.#apps) - this.#errorsBefore
  }

  /** Drains the applications; resolves when everything that their connections hold is released. */
  async drain(grace: number, options: Omit<DrainOptions, 'grace'>): Promise<StepOutcome | undefined> {
    this.#there = this.#connections()
    const timer = this.#clock.setTimeout(() => this.cut(), Math.max(0, grace - AHEAD))
    await Promise.all(this.#apps.map((app) => app.drain({ ...options, grace })))
    this.#clock.clearTimeout(timer)
    return this.#forced > 0 ? 'forced' : undefined
  }

  /** Ends all connections that are left. */
  cut(): void {
    this.#there ??= this.#connections()
    const left = this.#there.filter((conn) => conn.state !== 'closed')
    this.#forced = Math.max(this.#forced, left.length)
    for (const conn of left) conn.terminate()
  }

  #connections(): readonly Connection<unknown>[] {
    return this.#apps.flatMap((app) => [...app.connections])
  }
}

function errorsOf(apps: readonly Linkspan<unknown>[]): number {
  return apps.reduce((sum, app) => sum + app.stats().totals.errors, 0)
}
