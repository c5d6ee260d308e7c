import { type Clock, within } from '@linkspan/core'

const LATE = new Error('the check took too long')

/**
 * Whether something that is needed is there: it is not where this answers, or resolves to, `false`, throws, rejects, or
 * takes too long.
 *
 * @example
 * const check: Check = async () => (await redis.ping()) === 'PONG'
 */
export type Check = () => unknown

/** How long an answer is waited for, and how long it counts, in milliseconds. */
interface CheckTimes {
  readonly timeout: number
  readonly cache: number
  readonly clock: Clock
}

/** A check that never runs twice at once, and not more often than its answer counts. */
export class CachedCheck {
  readonly #check: Check
  readonly #times: CheckTimes
  #answer: { readonly passed: boolean; readonly at: number } | undefined
  #asking: Promise<boolean> | undefined
  /** A run whose answer came too late, or has not come: another one would only add to it. */
  #overdue = false

  constructor(check: Check, times: CheckTimes) {
    this.#check = check
    this.#times = times
  }

  /** Never rejects, and answers within the time. */
  async passes(): Promise<boolean> {
    const { clock, cache } = this.#times
    if (this.#answer !== undefined && clock.monotonic() - this.#answer.at < cache) return this.#answer.passed
    if (this.#overdue) return false
    this.#asking ??= this.#ask().then((passed) => {
      this.#asking = undefined
      this.#answer = { passed, at: clock.monotonic() }
      return passed
    })
    return this.#asking
  }

  #ask(): Promise<boolean> {
    const { clock, timeout } = this.#times
    const outcome = outcomeOf(this.#check)
    void outcome.then(() => {
      this.#overdue = false
    })
    const late = (): Error => {
      this.#overdue = true
      return LATE
    }
    return within(clock, timeout, outcome, late).catch(() => false)
  }
}

async function outcomeOf(check: Check): Promise<boolean> {
  try {
    return (await check()) !== false
  } catch {
    return false
  }
}
