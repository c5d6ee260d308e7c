import { KINDS } from './entry.js'
import { KIND_BITS, MOST, MOST_BESIDE } from './layout.js'

/** What an entry can be. */
export type Kind = (typeof KINDS)[number]

/** The word that says what an entry is, with a number beside it. */
export function wordOf(kind: Kind, beside: number): number {
  return KINDS.indexOf(kind) + Math.min(beside, MOST_BESIDE) * 2 ** KIND_BITS
}

export function kindOf(word: number): Kind | undefined {
  return KINDS[word % 2 ** KIND_BITS]
}

export function besideOf(word: number): number {
  return Math.floor(word / 2 ** KIND_BITS)
}

/** As a word: what is larger than the largest is the largest. */
export function atMost(value: number): number {
  return Math.min(value, MOST)
}

/** Which slot the entry of that number has: the first `head` stay where they are, the others go round. */
export function slotOf(number: number, entries: number, head: number): number {
  return number < head ? number : head + ((number - head) % (entries - head))
}
