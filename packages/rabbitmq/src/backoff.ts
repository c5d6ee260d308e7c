import type { Settings } from './options.js'

/**
 * How long to wait before connecting again. Full jitter: of a thousand nodes that lost one engine, no two knock together.
 * A connection that did not last is a failure too, so that one which is refused its first word does not come back at once.
 */
export class Backoff {
  readonly #settings: Settings
  #failures = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** @param lasted how long it stood, in milliseconds; 0 where it never did */
  next(lasted: number): number {
    const { reconnect, random } = this.#settings
    if (lasted >= reconnect.max) this.#failures = 0
    const bound = Math.min(reconnect.max, reconnect.min * 2 ** this.#failures)
    // Past that, the bound does not grow any more, and the power would end at infinity.
    this.#failures = Math.min(this.#failures + 1, 31)
    return Math.floor(random() * bound)
  }
}
