import {
  type Entry,
  flightRecorder,
  type Linkspan,
  type LinkspanOptions,
  linkspan,
  type Recording,
} from '@linkspan/core'
import { Probe } from '../simulation/probe.js'
import { Random } from '../simulation/random.js'
import { Trace } from '../simulation/trace.js'
import { SimulatedFault, silent, World } from '../simulation/world.js'

/** Entries that a replay keeps of itself: all, as a rule. */
const ENTRIES = 500

/**
 * A world in which a recorded life happens once more. It has no chance and no faults of its own: what the application waits
 * for takes as long as it took then.
 */
export class ReplayWorld extends World {
  readonly #recording: Recording
  readonly #steps: readonly Extract<Entry, { what: 'middleware' }>[]
  #app: Linkspan<unknown> | undefined
  /** Middlewares that have decided so far. */
  #decided = 0
  #active = false

  constructor(recording: Recording) {
    super(new Random(1), new Probe(new Trace(() => 0), () => []), {})
    this.#recording = recording
    this.#steps = recording.entries.filter((entry) => entry.what === 'middleware')
  }

  /** The application that was made here. */
  get app(): Linkspan<unknown> | undefined {
    return this.#app
  }

  override readonly linkspan = (options: LinkspanOptions = {}): Linkspan<{}> => {
    const app = linkspan({
      logger: silent,
      ...options,
      ...(this.#isFull ? { maxConnections: 0 } : {}),
      clock: this.clock,
      recorder: flightRecorder({ entries: ENTRIES }),
    })
    app.observe({
      watch: () => ({
        step: () => {
          this.#decided += 1
        },
        admitted: (_, { outcome }) => {
          this.#active = outcome === 'opened'
        },
      }),
    })
    this.#app = app as unknown as Linkspan<unknown>
    return app
  }

  /**
   * Takes as long as the middleware took that waits for it, fails where that one failed, and never ends where it had not
   * decided. For handlers it takes no time: how long they took was not written down.
   */
  override readonly io = async (name: string): Promise<void> => {
    if (this.#active) return
    const step = this.#steps[this.#decided]
    if (step === undefined) return new Promise(() => {})
    await new Promise<void>((resolve) => {
      this.clock.setTimeout(resolve, Math.max(0, step.at - this.clock.monotonic()))
    })
    if (step.decision === 'failed') throw new SimulatedFault(`${name} failed`)
  }

  /** It was turned away for want of room: others are not in its recording, so there is none here. */
  get #isFull(): boolean {
    const [closing] = this.#recording.entries.filter((entry) => entry.what === 'closing')
    return closing?.cause === 'turned-away' && closing.code === 1013
  }
}
