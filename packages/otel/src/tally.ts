import type { Attributes } from '@opentelemetry/api'
import { definitions, type ObservedName } from './definitions.js'

/** A number and what it is of. */
export interface Point {
  readonly attributes: Attributes
  value: number
}

/** What a metric's attributes are, in the order of its definition; `undefined` for one that there is not. */
export type Parts = readonly (string | number | undefined)[]

/** The numbers of a metric, by its attributes. Attributes are made once for each number, and not with every count. */
export class Tally implements Iterable<Point> {
  readonly #names: readonly string[]
  readonly #base: Attributes
  readonly #points = new Map<string, Point>()

  /** `base`: the attributes that all of them have. */
  constructor(metric: ObservedName, base: Attributes) {
    this.#names = definitions[metric].attributes
    this.#base = base
  }

  add(value: number, ...parts: Parts): void {
    this.at(...parts).value += value
  }

  /** The number with these attributes. */
  at(...parts: Parts): Point {
    const key = parts.join('\n')
    const known = this.#points.get(key)
    if (known !== undefined) return known
    const point = { attributes: this.#attributesOf(parts), value: 0 }
    this.#points.set(key, point)
    return point
  }

  [Symbol.iterator](): Iterator<Point> {
    return this.#points.values()
  }

  #attributesOf(parts: Parts): Attributes {
    const attributes = { ...this.#base }
    for (const [index, name] of this.#names.entries()) {
      const part = parts[index]
      if (part !== undefined) attributes[name] = part
    }
    return attributes
  }
}
