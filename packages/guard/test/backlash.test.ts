import { describe, expect, it } from 'vitest'
import { Backlash } from '../src/backlash.js'

describe('Backlash', () => {
  it('rises at once', () => {
    const backlash = new Backlash(0.8)
    expect([0.2, 0.5, 1.5].map((pressure) => backlash.follow(pressure))).toEqual([0.2, 0.5, 1.5])
    expect(backlash.level).toBe(1.5)
  })

  it('stays while the pressure falls less than it has to', () => {
    const backlash = new Backlash(0.8)
    backlash.follow(1)
    expect([0.9, 0.99, 0.81, 0.95].map((pressure) => backlash.follow(pressure))).toEqual([1, 1, 1, 1])
  })

  it('falls behind the pressure', () => {
    const backlash = new Backlash(0.8)
    backlash.follow(1)
    expect(backlash.follow(0.4)).toBe(0.5)
    expect(backlash.follow(0.45)).toBe(0.5)
    expect(backlash.follow(0)).toBe(0)
  })

  it('follows exactly where the recovery is 1', () => {
    const backlash = new Backlash(1)
    expect([1, 0.9, 0.3, 0.4].map((pressure) => backlash.follow(pressure))).toEqual([1, 0.9, 0.3, 0.4])
  })
})
