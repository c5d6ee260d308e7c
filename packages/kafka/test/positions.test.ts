import { describe, expect, it } from 'vitest'
import { Positions, type View } from '../src/positions.js'
import { Subscriptions } from '../src/subscriptions.js'

/** Bounds of partitions 0, 1 and so on. */
function view(...bounds: readonly (readonly [low: number, high: number])[]): View {
  return new Map(
    bounds.map(([low, high], partition) => [partition, { low: BigInt(low), high: BigInt(high) }]),
  )
}

function beginningAt(...bounds: readonly (readonly [low: number, high: number])[]): Positions {
  const positions = new Positions()
  positions.add(view(...bounds))
  return positions
}

describe('positions', () => {
  it('begin at the end, and with a partition that came later at its beginning', () => {
    const positions = beginningAt([2, 5], [0, 0])
    positions.add(view([2, 9], [0, 3], [1, 4]))
    expect([0, 1, 2].map((partition) => positions.at(partition))).toEqual([5n, 0n, 1n])
  })

  it('compare with the log', () => {
    expect(new Positions().compare(view([0, 5]), new Map())).toBe('new')
    const positions = beginningAt([0, 5], [0, 7])
    const before = positions.snapshot()
    expect(positions.compare(view([5, 5], [0, 9]), before)).toBe('whole')
    expect(positions.compare(view([6, 8], [0, 9]), before)).toBe('overtaken')
    expect(positions.compare(view([0, 4], [0, 9]), before)).toBe('replaced')
    expect(positions.compare(view([6, 8]), before)).toBe('replaced')
  })

  it('do not take what was read during a look for a log that became shorter', () => {
    const positions = beginningAt([0, 5])
    const before = positions.snapshot()
    positions.advance(0, 5n, 9n)
    expect(positions.compare(view([0, 5]), before)).toBe('whole')
  })

  it('skip what is gone, on the partitions where it is', () => {
    const positions = beginningAt([0, 5], [0, 7])
    expect(positions.skip(view([6, 8], [7, 9]))).toEqual(new Map([[0, 8n]]))
    expect(positions.at(0)).toBe(8n)
    expect(positions.at(1)).toBe(7n)
  })

  it('tell what was passed over, and take what comes twice', () => {
    const positions = beginningAt([0, 5])
    expect(positions.advance(0, 5n, 7n)).toBe(true)
    expect(positions.advance(0, 5n, 6n)).toBe(true)
    expect(positions.at(0)).toBe(7n)
    expect(positions.advance(0, 8n, 9n)).toBe(false)
    expect(positions.at(0)).toBe(9n)
  })

  it('tell a partition that is not read, not one with nothing new or one that moves', () => {
    const positions = beginningAt([0, 5], [0, 5])
    const since = positions.snapshot()
    expect(positions.stands(since, view([0, 5], [0, 5]))).toBe(false)
    expect(positions.stands(since, view([0, 5], [0, 6]))).toBe(true)
    positions.advance(1, 5n, 6n)
    expect(positions.stands(since, view([0, 5], [0, 9]))).toBe(false)
  })
})

describe('subscriptions', () => {
  const hears = (subscriptions: Subscriptions, offset: bigint, partition = 0): boolean =>
    subscriptions.hears('a', partition, () => offset)

  it('begin where the log ended when they were asked for', () => {
    const subscriptions = new Subscriptions()
    const begin = subscriptions.ask('a')
    expect(hears(subscriptions, 9n)).toBe(false)
    begin(view([0, 5]))
    expect([4n, 5n, 6n].map((offset) => hears(subscriptions, offset))).toEqual([false, true, true])
    subscriptions.ask('a')(view([0, 8]))
    expect(hears(subscriptions, 5n)).toBe(true)
  })

  it('are not in force when they were left before the answer', () => {
    const subscriptions = new Subscriptions()
    const begin = subscriptions.ask('a')
    subscriptions.leave('a')
    begin(view([0, 5]))
    expect(hears(subscriptions, 9n)).toBe(false)
  })

  it('hear all of another log, and of another partition', () => {
    const subscriptions = new Subscriptions()
    subscriptions.ask('a')(view([0, 5]))
    expect(hears(subscriptions, 0n, 1)).toBe(true)
    expect(hears(subscriptions, 0n)).toBe(false)
    subscriptions.rebase()
    expect(hears(subscriptions, 0n)).toBe(true)
  })
})
