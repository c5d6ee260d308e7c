import { CLOSING, COUNT, NUMBERS, WORDS } from './layout.js'
import type { Names } from './names.js'
import type { Shelf } from './shelf.js'
import type { Time } from './time.js'
import { atMost, slotOf } from './words.js'

/** What all pages of a recorder share. */
export interface Pages {
  readonly time: Time
  readonly names: Names
  /** Entries of a page: the first `head` of them stay, the last is for why it closes, the others go round. */
  readonly entries: number
  readonly head: number
}

/** Several of a kind as one entry; times are milliseconds since the connection arrived. */
export interface Several {
  readonly word: number
  readonly first: number
  readonly last: number
  readonly count: number
  readonly bytes: number
  /** What is told of the last one: its size, what waited then, or its round trip in microseconds. */
  readonly extra: number
}

/** The storage of one connection: some numbers, and entries of six words, in a place of its own on a shelf. */
export class Page {
  readonly pages: Pages
  #shelf: Shelf
  #place: number

  constructor(pages: Pages, [shelf, place]: readonly [Shelf, number]) {
    this.pages = pages
    this.#shelf = shelf
    this.#place = place
  }

  /** One of the numbers. */
  read(number: number): number {
    return this.#shelf.numbers[this.#place * NUMBERS + number] as number
  }

  /** The words of an entry. */
  entry(number: number): Uint32Array {
    const start = this.#startOf(number)
    return this.#shelf.words.subarray(start, start + WORDS)
  }

  /** The words of the one that says why it closes. */
  get closing(): Uint32Array {
    const start = this.#closingStart
    return this.#shelf.words.subarray(start, start + WORDS)
  }

  /** Goes to another place, with all that it has. Answers the one that it had. */
  move([shelf, place]: readonly [Shelf, number]): readonly [Shelf, number] {
    const before = [this.#shelf, this.#place] as const
    shelf.copy(place, ...before)
    this.#shelf = shelf
    this.#place = place
    return before
  }

  protected write(number: number, value: number): void {
    this.#shelf.numbers[this.#place * NUMBERS + number] = value
  }

  protected append(time: number, word: number, a: number, b: number, c: number, d: number): void {
    const count = this.read(COUNT)
    this.write(COUNT, count + 1)
    this.#put(this.#startOf(count), time, word, a, b, c, d)
  }

  /** Writes why it closes, which what comes afterwards does not push out. */
  protected appendClosing(time: number, word: number, a: number, b: number, c: number, d: number): void {
    this.write(CLOSING, this.read(COUNT))
    this.#put(this.#closingStart, time, word, a, b, c, d)
  }

  #put(start: number, time: number, word: number, a: number, b: number, c: number, d: number): void {
    const { words } = this.#shelf
    words[start] = Math.max(0, time)
    words[start + 1] = word
    words[start + 2] = atMost(a)
    words[start + 3] = atMost(b)
    words[start + 4] = atMost(c)
    words[start + 5] = atMost(d)
  }

  protected appendAll({ word, first, last, count, bytes, extra }: Several): void {
    this.append(first, word, last - first, count, bytes, extra)
  }

  /** Adds to the last entry, where that is of the same word. */
  protected merge(several: Several): void {
    const number = this.read(COUNT) - 1
    const start = Math.max(0, this.#startOf(number))
    const { words } = this.#shelf
    const isLast = number >= 0 && this.read(CLOSING) <= number
    if (!isLast || words[start + 1] !== several.word) return this.appendAll(several)
    words[start + 2] = Math.max(0, (several.last >>> 0) - (words[start] as number))
    words[start + 3] = atMost((words[start + 3] as number) + several.count)
    words[start + 4] = atMost((words[start + 4] as number) + several.bytes)
    words[start + 5] = atMost(several.extra)
  }

  #startOf(number: number): number {
    const { entries, head } = this.pages
    return (this.#place * entries + slotOf(number, entries - 1, head)) * WORDS
  }

  get #closingStart(): number {
    const { entries } = this.pages
    return (this.#place * entries + entries - 1) * WORDS
  }
}
