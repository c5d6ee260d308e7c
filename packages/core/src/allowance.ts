import type { ClosedBy } from './close.js'
import type { LogLevel } from './log-options.js'
import type { Clock } from './ports/clock.js'

/**
 * Lines that are alike: of one event and one code of ours, or of whoever chose the code where that was not us. Their level
 * follows from that.
 */
export interface LineKind {
  readonly event: string
  readonly level: Exclude<LogLevel, 'silent'>
  readonly code?: number | string | undefined
  readonly by?: ClosedBy | undefined
}

interface Tally {
  readonly kind: LineKind
  /** When its second began. */
  since: number
  /** Lines written in it. */
  written: number
  /** Lines that were not, and of which nobody was told yet. */
  suppressed: number
}

/** Milliseconds. */
const SECOND = 1_000
/** Kinds that are counted apart; further ones by their event and level alone. */
const MOST = 64

/**
 * How many lines of each kind a second has. What is over that is counted, and told once a second, by one timer that runs
 * only while there is something to tell. However many kinds there are, those that are remembered are bounded.
 */
export class Allowance {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #told: (kind: LineKind, suppressed: number) => void
  readonly #tallies = new Map<string, Map<number | string, Tally>>()
  /** Kinds that are counted apart. */
  #size = 0
  #timer: unknown

  constructor(clock: Clock, perSecond: number, told: (kind: LineKind, suppressed: number) => void) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#told = told
  }

  /** Whether there is something to tell, and its timer runs. */
  get waiting(): boolean {
    return this.#timer !== undefined
  }

  /** Whether a line of this kind may be written. One that may not is counted. */
  admits(kind: LineKind): boolean {
    if (this.#perSecond === Infinity) return true
    const now = this.#clock.monotonic()
    const tally = this.#tallyOf(kind, now)
    if (now - tally.since >= SECOND) {
      tally.since = now
      tally.written = 0
    }
    if (tally.written < this.#perSecond) {
      tally.written += 1
      return true
    }
    tally.suppressed += 1
    this.#timer ??= this.#clock.setTimeout(() => this.tell(), SECOND)
    return false
  }

  /** Tells of everything that was counted, and stops the timer. */
  tell(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    for (const tallies of this.#tallies.values()) {
      for (const tally of tallies.values()) {
        const { kind, suppressed } = tally
        if (suppressed === 0) continue
        tally.suppressed = 0
        this.#told(kind, suppressed)
      }
    }
  }

  #tallyOf(kind: LineKind, now: number): Tally {
    const { event, level, code, by } = kind
    let tallies = this.#tallies.get(event)
    if (tallies === undefined) {
      tallies = new Map()
      this.#tallies.set(event, tallies)
    }
    // No code, no side and no level has the name of another.
    const name = code ?? by ?? level
    const known = tallies.get(name)
    if (known !== undefined) return known
    if (name !== level && this.#size >= MOST && !this.#forgotAny(now))
      return this.#tallyOf({ event, level }, now)
    const tally: Tally = { kind, since: now, written: 0, suppressed: 0 }
    tallies.set(name, tally)
    if (name !== level) this.#size += 1
    return tally
  }

  /** Forgets the kinds of which nothing is left to tell. */
  #forgotAny(now: number): boolean {
    for (const tallies of this.#tallies.values()) {
      for (const [name, { kind, since, suppressed }] of tallies) {
        if (name === kind.level || suppressed > 0 || now - since < SECOND) continue
        tallies.delete(name)
        this.#size -= 1
      }
    }
    return this.#size < MOST
  }
}
