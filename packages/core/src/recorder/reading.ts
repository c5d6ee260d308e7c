import type { ClosedBy } from '../close.js'
import { CAUSES, type Closing, type EndCause, type Entry } from './entry.js'
import { DECISIONS, type Flight } from './flight.js'
import { CLOSING, CODE_BITS, COUNT, NAME_BITS } from './layout.js'
import type { Names } from './names.js'
import { runsOf } from './runs.js'
import { besideOf, kindOf } from './words.js'

/** The words of one entry, taken apart. */
interface Raw {
  readonly at: number
  readonly word: number
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** The entries of a flight, in order of time, those counted so far included. */
export function entriesOf(flight: Flight): readonly Entry[] {
  const { entries, head, names } = flight.pages
  const raws: Raw[] = []
  let before = 0
  const add = ([time = 0, word = 0, a = 0, b = 0, c = 0, d = 0]: Uint32Array): void => {
    before = unwrapped(time, before)
    raws.push({ at: before, word, a, b, c, d })
  }
  const numbers = kept(flight.read(COUNT), entries - 1, head)
  const closing = flight.read(CLOSING)
  const first = numbers.filter((number) => number < closing)
  for (const number of first) add(flight.entry(number))
  if (closing >= 0) add(flight.closing)
  for (const number of numbers.slice(first.length)) add(flight.entry(number))
  for (const { word, first, last, count, bytes, extra } of runsOf(flight)) {
    const before = raws.at(-1)
    // As it will be, once it is an entry.
    if (before !== undefined && kindOf(word) === 'heartbeat' && before.word === word) {
      raws[raws.length - 1] = { ...before, a: last - before.at, b: before.b + count, d: extra }
    } else raws.push({ at: first, word, a: last - first, b: count, c: bytes, d: extra })
  }
  raws.sort((one, other) => one.at - other.at)
  return raws.map((raw) => entryOf(raw, names, flight.reason))
}

/** The numbers of the entries that are there: the first ones, and the last. */
function kept(count: number, entries: number, head: number): readonly number[] {
  const numbers = Array.from({ length: Math.min(count, entries) }, (_, index) => index)
  return count <= entries ? numbers : numbers.map((index) => (index < head ? index : index + count - entries))
}

/** A time of 32 bits, which goes round after 49 days. Entries may be a little out of order. */
function unwrapped(time: number, before: number): number {
  const round = 2 ** 32
  const near = before - (before % round) + time
  return near < before - round / 2 ? near + round : near
}

const KINDS_OF_MESSAGES = ['text', 'binary', 'both'] as const

function entryOf(raw: Raw, names: Names, reason: string): Entry {
  const { at, word, a, b, c, d } = raw
  const what = kindOf(word) as Entry['what']
  const beside = besideOf(word)
  const several = { at, until: at + a, count: b }
  switch (what) {
    case 'accepted':
    case 'active':
    case 'drained':
      return { at, what }
    case 'middleware': {
      const [id, rest] = apart(beside, NAME_BITS)
      const decision = DECISIONS[rest % DECISIONS.length] as (typeof DECISIONS)[number]
      const status = Math.floor(rest / DECISIONS.length)
      const step = { at, what, name: names.nameOf(id), index: b, decision, duration: a / 1_000 }
      return status === 0 ? step : { ...step, status }
    }
    case 'authenticated':
      return { at, what, anonymous: beside === 1, ...lease(a, b) }
    case 'renewed':
      return { at, what, ...lease(a, b) }
    case 'expiring':
      return { at, what, in: a }
    case 'received':
      return { ...several, what, bytes: c, kind: KINDS_OF_MESSAGES[beside] ?? 'both', last: d }
    case 'sent':
      return { ...several, what, bytes: c }
    case 'heartbeat':
      return { ...several, what, rtt: d / 1_000 }
    case 'missed':
      return { ...several, what }
    case 'pace':
      return { at, what, name: names.nameOf(beside), interval: a, misses: b }
    case 'backpressure':
    case 'paused':
    case 'resumed':
      return { at, what, backlog: a, buffered: b }
    case 'dropped': {
      const direction = beside % 2 === 0 ? 'in' : 'out'
      return { ...several, what, direction, reason: names.nameOf(beside >> 1), bytes: c, waiting: d }
    }
    case 'denied':
      return { ...several, what, action: beside === 0 ? 'join' : 'publish' }
    case 'error':
      return { ...several, what, code: names.nameOf(beside) }
    case 'refused':
      return { at, what, status: a, code: beside }
    case 'closing':
      return closingOf(raw, names, reason)
    case 'socket':
      return { at, what, answered: beside === 1 }
    case 'overdue':
      return { at, what, deadline: beside === 0 ? 'close' : 'release' }
  }
}

function closingOf({ at, word, a, b, c, d }: Raw, names: Names, reason: string): Closing {
  const [code, rest] = apart(besideOf(word), CODE_BITS)
  const cause = CAUSES[rest >> 1] as EndCause
  return {
    at,
    what: 'closing',
    cause,
    code,
    by: BY[cause] ?? 'server',
    framed: rest % 2 === 1,
    ...(reason === '' ? {} : { reason }),
    backlog: a,
    buffered: b,
    ...(c === 0 ? {} : { limit: c }),
    ...(d === 0 ? {} : { middleware: names.nameOf(d) }),
  }
}

/** Whose end it was, where not ours. */
const BY: Readonly<Partial<Record<EndCause, ClosedBy>>> = {
  peer: 'peer',
  network: 'network',
  aborted: 'network',
}

/** The lowest bits of a number, and the others. */
function apart(value: number, bits: number): readonly [number, number] {
  return [value % 2 ** bits, Math.floor(value / 2 ** bits)]
}

function lease(low: number, high: number): { readonly lease?: number } {
  const value = low + high * 2 ** 32
  return value === 0 ? {} : { lease: value }
}
