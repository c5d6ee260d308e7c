import { type Clock, type Log, toError, within } from '@linkspan/core'

/**
 * How a step of a shutdown ended: by itself (`'done'`), with a throw (`'failed'`), because its time was over or a second
 * signal came (`'forced'`), or not at all, since a second signal came before it (`'skipped'`).
 *
 * @example
 * const outcome: StepOutcome = 'done'
 */
export type StepOutcome = 'done' | 'failed' | 'forced' | 'skipped'

/**
 * One step of a shutdown, when it is over.
 *
 * @example
 * const step: ShutdownStep = { name: 'close redis', duration: 12, outcome: 'done' }
 */
export interface ShutdownStep {
  /** `'notice'`, `'connections'`, `'close <name>'`, `'server'`, `'workers'` or `'cluster'`. */
  readonly name: string
  /** Milliseconds. */
  readonly duration: number
  readonly outcome: StepOutcome
  /** What it threw, where it `'failed'`. Whether its message may be logged is for you to say. */
  readonly error?: Error
}

/** What is to be done. */
interface Step {
  readonly name: string
  /** Milliseconds until it is given up. */
  readonly time: number
  /** Resolves to `'forced'` where it had to use force to end. */
  act(): Promise<StepOutcome | undefined> | undefined
  /** Ends by force what `act` could not end in time. */
  cut?(): void
}

interface Ending {
  readonly outcome: StepOutcome
  readonly error?: Error
}

const LATE = new Error('the step took too long')

/** Takes steps, each within its time, and writes down how they went. Nothing that a step does stops the next. */
export class Steps {
  readonly taken: ShutdownStep[] = []
  readonly #clock: Clock
  readonly #log: Log
  readonly #onProgress: ((step: ShutdownStep) => void) | undefined
  readonly #force = new AbortController()

  constructor(clock: Clock, log: Log, onProgress: ((step: ShutdownStep) => void) | undefined) {
    this.#clock = clock
    this.#log = log
    this.#onProgress = onProgress
  }

  /** Gives up what is under way, and all that would follow. */
  force(): void {
    this.#force.abort()
  }

  /** Never rejects. */
  async take(step: Step): Promise<void> {
    const startedAt = this.#clock.monotonic()
    const skipped = this.#force.signal.aborted
    const { outcome, error } = skipped ? { outcome: 'skipped' as const } : await this.#within(step)
    const cutError = outcome === 'forced' || outcome === 'skipped' ? thrownBy(() => step.cut?.()) : undefined
    const failure = error ?? cutError
    this.#note({
      name: step.name,
      duration: Math.round(this.#clock.monotonic() - startedAt),
      outcome,
      ...(failure === undefined ? {} : { error: failure }),
    })
  }

  async #within({ time, act }: Step): Promise<Ending> {
    try {
      return await within(this.#clock, Math.max(0, time), endingOf(act), () => LATE, this.#force.signal)
    } catch {
      return { outcome: 'forced' }
    }
  }

  #note(step: ShutdownStep): void {
    this.taken.push(step)
    const error = thrownBy(() => this.#onProgress?.(step))
    if (error !== undefined) this.#log.threw('onProgress', error)
  }
}

async function endingOf(act: Step['act']): Promise<Ending> {
  try {
    return { outcome: (await act()) ?? 'done' }
  } catch (thrown) {
    return { outcome: 'failed', error: toError(thrown) }
  }
}

function thrownBy(act: () => void): Error | undefined {
  try {
    act()
    return undefined
  } catch (thrown) {
    return toError(thrown)
  }
}
