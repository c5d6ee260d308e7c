import { type Linkspan, type LinkspanOptions, type Logger, linkspan } from '@linkspan/core'
import { VirtualClock } from '../clock.js'
import type { Probe } from './probe.js'
import type { Random } from './random.js'

/**
 * How often what an application waits for goes wrong, from 0 to 1.
 *
 * @example
 * await simulate({ app, seed: 1, faults: { failure: 0.2, latency: 2_000 } })
 */
export interface Faults {
  /** `world.io` rejects. Default: 0.05. */
  readonly failure?: number
  /** `world.io` never settles. Default: 0.01. */
  readonly hang?: number
  /** The longest that `world.io` takes, in milliseconds of the virtual clock. Default: 400. */
  readonly latency?: number
}

/**
 * What `world.io` rejects with when a fault was drawn.
 *
 * @example
 * if (error instanceof SimulatedFault) retry()
 */
export class SimulatedFault extends Error {
  override readonly name: string = 'SimulatedFault'
}

/** A logger that says nothing. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  isLevelEnabled: () => false,
}

/**
 * Everything around the application under simulation: its time, its chance, and whatever it would wait for.
 *
 * @example
 * const app = ({ linkspan, io }: World) =>
 *   linkspan().message(async (conn, message) => {
 *     await io('store')
 *     conn.send(message)
 *   })
 */
export class World {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: Random
  /** Faults that were drawn, by kind. */
  readonly faults: Record<'failure' | 'hang' | 'latency', number> = { failure: 0, hang: 0, latency: 0 }
  readonly #probe: Probe
  readonly #chances: Required<Faults>

  constructor(random: Random, probe: Probe, { failure = 0.05, hang = 0.01, latency = 400 }: Faults) {
    this.random = random
    this.#probe = probe
    this.#chances = { failure, hang, latency }
  }

  /**
   * Makes the application: as `linkspan(options)` does, on the virtual clock, with the probes that check the
   * invariants around everything that is added to it.
   */
  readonly linkspan = (options: LinkspanOptions = {}): Linkspan<{}> => {
    const app = linkspan({ logger: silent, ...options, clock: this.clock })
    this.#probe.watch(app)
    return app
  }

  /** Says what else must hold: asked after every step, and at the end. */
  readonly invariant = (what: string, holds: () => boolean): void => {
    this.#probe.invariants.push({ what, holds })
  }

  /** Says what else must hold when everybody has gone. */
  readonly finally = (what: string, holds: () => boolean): void => {
    this.#probe.conclusions.push({ what, holds })
  }

  /**
   * Stands for whatever an application waits for: a store, an identity provider, another service. Takes a random time,
   * sometimes fails, sometimes never answers.
   *
   * @throws SimulatedFault when a failure was drawn
   */
  readonly io = async (name: string): Promise<void> => {
    const { failure, hang, latency } = this.#chances
    if (this.random.chance(hang)) {
      this.faults.hang += 1
      return new Promise(() => {})
    }
    if (this.random.chance(0.7)) {
      this.faults.latency += 1
      const delay = this.random.below(latency)
      await new Promise<void>((resolve) => {
        this.clock.setTimeout(resolve, delay)
      })
    }
    if (!this.random.chance(failure)) return
    this.faults.failure += 1
    throw new SimulatedFault(`${name} failed`)
  }
}
