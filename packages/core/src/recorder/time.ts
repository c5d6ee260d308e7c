import type { HeartbeatWheel } from '../heartbeat.js'
import type { Clock } from '../ports/clock.js'

/**
 * The time of what is recorded, in whole milliseconds: engines keep small integers without a box. Asking a clock costs more
 * than all else that is written down of a message, so messages have the time that was last read, as long as the heartbeat's
 * wheel has not turned since: they are exact to a tick, 1/512 of its interval.
 */
export class Time {
  readonly #clock: Clock
  readonly #wheel: HeartbeatWheel | undefined
  readonly #origin: number
  #tick = -1
  #now = 0

  constructor(clock: Clock, wheel: HeartbeatWheel | undefined) {
    this.#clock = clock
    this.#wheel = wheel
    this.#origin = clock.monotonic()
  }

  /** Milliseconds since it was made, to a tick of the heartbeat; exact where there is none. */
  get rough(): number {
    const wheel = this.#wheel
    return wheel?.running && wheel.now === this.#tick ? this.#now : this.exact()
  }

  /** Milliseconds since it was made. */
  exact(): number {
    if (this.#wheel !== undefined) this.#tick = this.#wheel.now
    this.#now = Math.floor(this.#clock.monotonic() - this.#origin)
    return this.#now
  }

  /** Milliseconds since the Unix epoch. */
  get wall(): number {
    return this.#clock.now()
  }
}
