/**
 * Draws some of many, each with the same chance and whatever became of the others. How far away the next one is, is drawn
 * when one is met, so that all others cost no more than being counted.
 */
export class Draw {
  readonly #chance: number
  #left: number

  /** `chance`: from 0 to 1. */
  constructor(chance: number) {
    this.#chance = chance
    this.#left = this.#distance()
  }

  /** Whether the next one is drawn. */
  next(): boolean {
    if (this.#chance === 0) return false
    this.#left -= 1
    if (this.#left > 0) return false
    this.#left = this.#distance()
    return true
  }

  /** Geometrically distributed: that of the first success. */
  #distance(): number {
    if (this.#chance === 0) return 0
    return 1 + Math.floor(Math.log1p(-Math.random()) / Math.log1p(-this.#chance))
  }
}
