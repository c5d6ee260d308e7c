import { afterEach, describe, expect, it, vi } from 'vitest'
import { Draw } from '../../src/draw.js'

afterEach(() => vi.restoreAllMocks())

/** A source of numbers from 0 to 1 that is the same in every run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function drawn(chance: number, of: number): boolean[] {
  const draw = new Draw(chance)
  return Array.from({ length: of }, () => draw.next())
}

describe('a draw', () => {
  it.each([0.01, 0.3, 0.9])('of %s hits as many, and each by itself', (chance) => {
    vi.spyOn(Math, 'random').mockImplementation(seeded(7))
    const all = drawn(chance, 100_000)
    const share = (some: readonly boolean[]): number => some.filter(Boolean).length / some.length
    // Four standard deviations, of all and of those that come after a hit.
    const off = (count: number): number => 4 * Math.sqrt((chance * (1 - chance)) / count)
    expect(Math.abs(share(all) - chance)).toBeLessThan(off(all.length))
    const after = all.filter((_, at) => all[at - 1])
    expect(Math.abs(share(after) - chance)).toBeLessThan(off(after.length))
  })

  it('of 1 hits all, and of 0 none, whatever is drawn', () => {
    for (const random of [0, 0.5, 1 - Number.EPSILON]) {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      expect(drawn(1, 100)).not.toContain(false)
      expect(drawn(0, 100)).not.toContain(true)
    }
  })

  it('of next to nothing is not one of all', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    expect(drawn(Number.MIN_VALUE, 1_000)).not.toContain(true)
  })

  it('asks for chance when it hits, and not for each', () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.9)
    drawn(0.1, 21)
    // 22 apart: log 0.1 / log 0.9 is 21.9.
    expect(random).toHaveBeenCalledTimes(1)
  })
})
