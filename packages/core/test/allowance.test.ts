import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Allowance, type LineKind } from '../src/allowance.js'
import { FakeClock } from './fake-clock.js'

const CLOSED: LineKind = { event: 'connection.closed', level: 'info', code: 4000, by: 'server' }
const ERROR: LineKind = { event: 'error', level: 'error', code: 'LINKSPAN_HANDLER' }

function allowance(perSecond: number) {
  const clock = new FakeClock()
  const told: [LineKind, number][] = []
  const lines = new Allowance(clock, perSecond, (kind, suppressed) => told.push([kind, suppressed]))
  /** Lines that are written of so many. */
  const written = (kind: LineKind, count: number): number =>
    Array.from({ length: count }, () => lines.admits(kind)).filter(Boolean).length
  return { clock, told, lines, written }
}

describe('the lines of a second', () => {
  it('are bounded, for each kind', () => {
    const { written } = allowance(10)
    expect(written(CLOSED, 25)).toBe(10)
    expect(written(ERROR, 25)).toBe(10)
    expect(written({ ...CLOSED, code: 4001 }, 25)).toBe(10)
    expect(written({ ...CLOSED, event: 'connection.refused' }, 25)).toBe(10)
    expect(written({ ...CLOSED, code: undefined, by: 'peer' }, 25)).toBe(10)
    expect(written({ ...CLOSED, code: undefined, by: 'network' }, 25)).toBe(10)
  })

  it('are others in the next one, and not a moment earlier', () => {
    const { clock, written } = allowance(10)
    expect(written(CLOSED, 10)).toBe(10)
    clock.stall(999)
    expect(written(CLOSED, 10)).toBe(0)
    clock.stall(1)
    expect(written(CLOSED, 11)).toBe(10)
  })

  it('are all where there is no bound, and nothing is remembered', () => {
    const { clock, written } = allowance(Infinity)
    const asked = vi.spyOn(clock, 'monotonic')
    expect(written(CLOSED, 1_000)).toBe(1_000)
    expect([clock.made, asked.mock.calls.length]).toEqual([0, 0])
  })
})

describe('what was suppressed', () => {
  it('is told a second after the first, of each kind, by one timer', () => {
    const { clock, told, lines, written } = allowance(10)
    expect(lines.waiting).toBe(false)
    written(CLOSED, 10)
    expect([lines.waiting, clock.pending]).toEqual([false, 0])
    written(CLOSED, 5)
    written(ERROR, 13)
    expect([lines.waiting, clock.pending]).toEqual([true, 1])
    clock.skip(999)
    expect(told).toEqual([])
    clock.skip(1)
    expect(told).toEqual([
      [CLOSED, 5],
      [ERROR, 3],
    ])
    expect([lines.waiting, clock.pending, clock.made]).toEqual([false, 0, 1])
  })

  it('is told once a second for as long as it lasts, and then no more', () => {
    const { clock, told, written } = allowance(10)
    for (let second = 0; second < 5; second += 1) {
      expect(written(CLOSED, 30)).toBe(10)
      clock.skip(1_000)
    }
    expect(told).toEqual(Array.from({ length: 5 }, () => [CLOSED, 20]))
    expect(written(CLOSED, 10)).toBe(10)
    clock.skip(10_000)
    expect([told.length, clock.pending]).toEqual([5, 0])
  })

  it('is told at once when asked for, and the timer stops', () => {
    const { clock, told, lines, written } = allowance(1)
    lines.tell()
    written(CLOSED, 3)
    lines.tell()
    expect(told).toEqual([[CLOSED, 2]])
    expect([lines.waiting, clock.pending]).toEqual([false, 0])
  })
})

describe('the kinds that are remembered', () => {
  const MOST = 64
  const coded = (code: number): LineKind => ({ ...CLOSED, code })

  it('are bounded: what there is no room for is counted by its event and level', () => {
    const { told, lines } = allowance(1)
    for (let code = 0; code < 1_000; code += 1) {
      expect(lines.admits(coded(code))).toBe(code < MOST + 1)
    }
    lines.tell()
    expect(told).toEqual([[{ event: 'connection.closed', level: 'info' }, 1_000 - MOST - 1]])
  })

  it('are never so many that an event without a code is not counted apart', () => {
    const { told, lines } = allowance(1)
    for (let code = 0; code < MOST; code += 1) lines.admits(coded(code))
    lines.admits({ event: 'broker.gap', level: 'warn' })
    lines.admits({ event: 'broker.gap', level: 'warn' })
    lines.tell()
    expect(told).toEqual([[{ event: 'broker.gap', level: 'warn' }, 1]])
  })

  it('are not made fewer by events without a code, which take no room', () => {
    const { clock, told, lines } = allowance(1)
    for (const event of ['broker.up', 'broker.down', 'node.joined'] as const)
      lines.admits({ event, level: 'info' })
    clock.stall(1_000)
    for (let code = 0; code < MOST; code += 1) lines.admits(coded(code))
    expect([lines.admits(coded(5_000)), lines.admits(coded(5_001))]).toEqual([true, false])
    lines.tell()
    expect(told).toEqual([[{ event: 'connection.closed', level: 'info' }, 1]])
  })

  it('make room when their second is over, unless something of them is to be told', () => {
    const { clock, told, lines } = allowance(1)
    for (let code = 0; code < MOST; code += 1) lines.admits(coded(code))
    clock.stall(999)
    lines.admits(coded(0))
    clock.stall(1)
    const other = coded(5_000)
    expect([lines.admits(other), lines.admits(other)]).toEqual([true, false])
    lines.tell()
    expect(told).toEqual([
      [coded(0), 1],
      [other, 1],
    ])
  })
})

it('whatever comes when: what is written and what is told add up, and no second has more than its lines', () => {
  const step = fc.record({
    code: fc.nat({ max: 100 }),
    count: fc.nat({ max: 40 }),
    wait: fc.nat({ max: 1_500 }),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 60 }), (perSecond, steps) => {
      const { clock, told, lines } = allowance(perSecond)
      const writtenAt = new Map<number, number[]>()
      let asked = 0
      let written = 0
      for (const { code, count, wait } of steps) {
        for (let line = 0; line < count; line += 1) {
          asked += 1
          if (!lines.admits({ ...CLOSED, code })) continue
          written += 1
          const times = writtenAt.get(code) ?? []
          writtenAt.set(code, [...times, clock.monotonic()])
        }
        const toTell = (): number => asked - written - told.reduce((sum, [, count]) => sum + count, 0)
        expect([lines.waiting, clock.pending]).toEqual(toTell() > 0 ? [true, 1] : [false, 0])
        clock.skip(wait)
        if (wait >= 1_000) expect(toTell()).toBe(0)
      }
      lines.tell()
      expect(clock.pending).toBe(0)
      expect(written + told.reduce((sum, [, count]) => sum + count, 0)).toBe(asked)
      // Of a kind that is counted apart: a second of its own begins with its first line.
      for (const times of writtenAt.values()) {
        let since = Number.NEGATIVE_INFINITY
        let within = 0
        for (const at of times) {
          if (at - since >= 1_000) {
            since = at
            within = 0
          }
          within += 1
          if (writtenAt.size <= 64) expect(within).toBeLessThanOrEqual(perSecond)
        }
      }
    }),
  )
})
