import { NUMBERS, WORDS } from './layout.js'

/** Connections whose storage is allocated at once: a typed array of its own costs each of them more than its bytes. */
const PLACES = 64

/** The storage of some connections. */
export class Shelf {
  readonly numbers: Float64Array
  readonly words: Uint32Array
  readonly free: number[]
  readonly #entries: number

  constructor(places: number, entries: number) {
    this.#entries = entries
    this.numbers = new Float64Array(places * NUMBERS)
    this.words = new Uint32Array(places * entries * WORDS)
    this.free = Array.from({ length: places }, (_, place) => place)
  }

  /** Puts at a place what is at one of another shelf. */
  copy(place: number, shelf: Shelf, from: number): void {
    const each = this.#entries * WORDS
    this.numbers.set(shelf.numbers.subarray(from * NUMBERS, (from + 1) * NUMBERS), place * NUMBERS)
    this.words.set(shelf.words.subarray(from * each, (from + 1) * each), place * each)
  }
}

/** Storage for as many connections as there are, in shelves of 64. */
export class Shelves {
  readonly #entries: number
  /** Those with a free place. */
  #open: Shelf[] = []

  constructor(entries: number) {
    this.#entries = entries
  }

  /** A place, its numbers at 0. */
  take(): readonly [Shelf, number] {
    const shelf = this.#open.at(-1) ?? this.#add()
    const place = shelf.free.pop() as number
    if (shelf.free.length === 0) this.#open.pop()
    shelf.numbers.fill(0, place * NUMBERS, (place + 1) * NUMBERS)
    return [shelf, place]
  }

  /** Gives a place back. One shelf without connections is kept for those who come next. */
  give(shelf: Shelf, place: number): void {
    if (shelf.free.length === 0) this.#open.unshift(shelf)
    shelf.free.push(place)
    if (shelf.free.length === PLACES && this.#open.length > 1) {
      this.#open = this.#open.filter((other) => other !== shelf)
    }
  }

  #add(): Shelf {
    const shelf = new Shelf(PLACES, this.#entries)
    this.#open.push(shelf)
    return shelf
  }
}
