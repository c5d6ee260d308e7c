import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/close.js'
import type { HeartbeatWheel } from '../../src/heartbeat.js'
import { CAUSES, KINDS } from '../../src/recorder/entry.js'
import { CODE_BITS, KIND_BITS, NAME_BITS, NUMBERS, WORDS } from '../../src/recorder/layout.js'
import { Names } from '../../src/recorder/names.js'
import { Page } from '../../src/recorder/page.js'
import { type Shelf, Shelves } from '../../src/recorder/shelf.js'
import { Time } from '../../src/recorder/time.js'
import { codeText, many, middlewareText, timeText } from '../../src/recorder/wording.js'
import { atMost, besideOf, kindOf, slotOf, wordOf } from '../../src/recorder/words.js'
import { FakeClock } from '../fake-clock.js'

describe('a word', () => {
  it('says what an entry is, and has a number beside it', () => {
    for (const kind of KINDS)
      expect([kindOf(wordOf(kind, 77)), besideOf(wordOf(kind, 77))]).toEqual([kind, 77])
    expect(besideOf(wordOf('closing', 1e12))).toBe(2 ** (32 - KIND_BITS) - 1)
    expect([atMost(5), atMost(1e12)]).toEqual([5, 2 ** 32 - 1])
  })

  it('has room for all that there is', () => {
    expect(KINDS.length).toBeLessThanOrEqual(2 ** KIND_BITS)
    expect(CODE_BITS + 1 + Math.ceil(Math.log2(CAUSES.length)) + KIND_BITS).toBeLessThanOrEqual(32)
    expect(2 ** CODE_BITS).toBeGreaterThan(4_999)
    // A decision of a middleware: its name, one of four, and an HTTP status.
    expect(NAME_BITS + 2 + 10 + KIND_BITS).toBeLessThanOrEqual(32)
  })

  it('is in a slot: the first ones stay, the others go round', () => {
    expect(Array.from({ length: 9 }, (_, number) => slotOf(number, 5, 2))).toEqual([
      0, 1, 2, 3, 4, 2, 3, 4, 2,
    ])
  })
})

describe('names', () => {
  it('are numbers, the same for the same name', () => {
    const names = new Names()
    expect(names.idOf('')).toBe(0)
    const jwt = names.idOf('jwt')
    expect([names.idOf('jwt'), names.nameOf(jwt), names.nameOf(0)]).toEqual([jwt, 'jwt', ''])
  })

  it('are short, and not more than there is room for', () => {
    const names = new Names()
    expect(names.nameOf(names.idOf('x'.repeat(100)))).toBe('x'.repeat(64))
    const ids = new Set(Array.from({ length: 2_000 }, (_, index) => names.idOf(`name ${index}`)))
    expect(ids.size).toBe(1_022)
    expect(names.nameOf(names.idOf('one more'))).toBe('…')
    expect(names.nameOf(5_000)).toBe('…')
  })
})

describe('shelves', () => {
  it('have a place for each, with nothing in it', () => {
    const shelves = new Shelves(8)
    const places = Array.from({ length: 130 }, () => shelves.take())
    expect(new Set(places.map(([shelf]) => shelf)).size).toBe(3)
    const [shelf, place] = places[0] as readonly [Shelf, number]
    shelf.numbers.fill(7, place * NUMBERS, (place + 1) * NUMBERS)
    shelves.give(shelf, place)
    const again = places
      .map(() => shelves.take())
      .find(([other, where]) => other === shelf && where === place)
    expect(again).toBeDefined()
    expect([...shelf.numbers.subarray(place * NUMBERS, (place + 1) * NUMBERS)]).toEqual(
      new Array(NUMBERS).fill(0),
    )
  })

  it('that are empty are let go of, but for one', () => {
    const shelves = new Shelves(8)
    const places = Array.from({ length: 192 }, () => shelves.take())
    for (const [shelf, place] of places) shelves.give(shelf, place)
    const later = new Set(Array.from({ length: 192 }, () => shelves.take()[0]))
    const before = new Set(places.map(([shelf]) => shelf))
    expect([...later].filter((shelf) => before.has(shelf))).toHaveLength(1)
  })
})

describe('a page', () => {
  it('goes to another place with all that it has', () => {
    const shelves = new Shelves(8)
    const archive = new Shelves(8)
    const clock = new FakeClock()
    const pages = { time: new Time(clock, undefined), names: new Names(), entries: 8, head: 2 }
    const fill = ([shelf, place]: readonly [Shelf, number], value: number): readonly [Shelf, number] => {
      shelf.numbers.fill(value, place * NUMBERS, (place + 1) * NUMBERS)
      shelf.words.fill(value, place * 8 * WORDS, (place + 1) * 8 * WORDS)
      return [shelf, place]
    }
    const [one, other] = [1, 2].map((value) => new Page(pages, fill(shelves.take(), value))) as [Page, Page]
    archive.take()
    fill(one.move(archive.take()), 9)
    expect([one.read(0), one.read(NUMBERS - 1)]).toEqual([1, 1])
    expect([...one.entry(0), ...one.entry(7)]).toEqual(new Array(2 * WORDS).fill(1))
    expect([other.read(0), other.entry(7)[WORDS - 1]]).toEqual([2, 2])
  })
})

describe('the time', () => {
  const wheel = (parts: { now: number; running: boolean }) =>
    parts as unknown as HeartbeatWheel & typeof parts

  it('begins when it is made, and is told in whole milliseconds', () => {
    const clock = new FakeClock()
    clock.stall(1_000.6)
    const time = new Time(clock, undefined)
    expect(time.exact()).toBe(0)
    clock.stall(5.9)
    expect(time.exact()).toBe(5)
    expect(time.wall).toBe(clock.now())
  })

  it('of messages is that which was last read, until the wheel of the heartbeat turns', () => {
    const clock = new FakeClock()
    const turning = wheel({ now: 7, running: true })
    const time = new Time(clock, turning)
    clock.stall(4)
    expect(time.rough).toBe(4)
    clock.stall(4)
    expect(time.rough).toBe(4)
    turning.now = 8
    expect(time.rough).toBe(8)
    clock.stall(4)
    expect([time.rough, time.exact(), time.rough]).toEqual([8, 12, 12])
  })

  it('is exact where no wheel turns', () => {
    for (const still of [undefined, wheel({ now: 0, running: false })]) {
      const clock = new FakeClock()
      const time = new Time(clock, still)
      for (const expected of [3, 6]) {
        clock.stall(3)
        expect(time.rough).toBe(expected)
      }
    }
  })
})

describe('the words of a sentence', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [2_449, '2.4 s'],
    [119_999, '119.9 s'],
    [120_000, '2 min 0 s'],
    [3_725_000, '62 min 5 s'],
    [7_200_000, '2 h 0 min'],
    [172_800_000, '2 d 0 h'],
  ])('%i ms are %s', (time, text) => {
    expect(timeText(time)).toBe(text)
  })

  it('name close codes, count and name middleware', () => {
    expect(codeText(CloseCode.authenticationFailed)).toBe('4010 (authentication failed)')
    expect(codeText(4321)).toBe('4321')
    expect([many(1, 'byte'), many(1_200, 'byte')]).toEqual(['1 byte', '1,200 bytes'])
    expect([middlewareText('jwt'), middlewareText('anonymous'), middlewareText(undefined)]).toEqual([
      "middleware 'jwt'",
      'a middleware without a name',
      'the end of the pipeline',
    ])
  })
})
