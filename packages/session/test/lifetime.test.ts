import { VirtualClock } from '@linkspan/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { Lifetime } from '../src/lifetime.js'

describe('Lifetime', () => {
  let clock: VirtualClock
  let said: string[]
  const owner = { touch: () => said.push('touch'), expired: () => said.push('expired') }
  beforeEach(() => {
    clock = new VirtualClock()
    said = []
  })

  it('asks to be extended once in the middle, and ends where that did not happen', async () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true })
    lifetime.start(owner)
    await clock.advance(4_999)
    expect(said).toEqual([])
    await clock.advance(1)
    expect(said).toEqual(['touch'])
    await clock.advance(4_999)
    expect(said).toEqual(['touch'])
    await clock.advance(1)
    expect(said).toEqual(['touch', 'expired'])
    expect(clock.pending).toBe(0)
  })

  it('has a whole time again once it was extended', async () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true })
    lifetime.start(owner)
    await clock.advance(6_000)
    expect(await lifetime.extending(async (ttl) => ttl)).toBe(10_000)
    expect(lifetime.expiresAt).toBe(clock.now() + 10_000)
    await clock.advance(5_000)
    expect(said).toEqual(['touch', 'touch'])
  })

  it('is not extended by a write that failed', async () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true })
    await clock.advance(6_000)
    await expect(lifetime.extending(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(lifetime.expiresAt).toBe(clock.now() + 4_000)
  })

  it('has only what is left, where it does not roll', async () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: false })
    lifetime.start(owner)
    await clock.advance(6_000)
    expect(await lifetime.extending(async (ttl) => ttl)).toBe(4_000)
    lifetime.used()
    await clock.advance(4_000)
    expect(said).toEqual(['expired'])
  })

  it('is extended by use only once a tenth of it is gone', async () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true })
    lifetime.start(owner)
    await clock.advance(1_000)
    lifetime.used()
    expect(said).toEqual([])
    await clock.advance(1)
    lifetime.used()
    expect(said).toEqual(['touch'])
    lifetime.stop()
  })

  it('learns that another node has extended it, and never that it ends earlier', () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true }, 2_000)
    lifetime.seen(8_000)
    expect(lifetime.expiresAt).toBe(clock.now() + 8_000)
    lifetime.seen(1_000)
    expect(lifetime.expiresAt).toBe(clock.now() + 8_000)
  })

  it('takes longer than a timer can wait', async () => {
    const ttl = 400 * 86_400_000
    const lifetime = new Lifetime({ clock, ttl, rolling: false })
    lifetime.start(owner)
    await clock.advance(ttl - 1)
    expect(said).toEqual([])
    await clock.advance(1)
    expect(said).toEqual(['expired'])
  })

  it('leaves no timer behind', () => {
    const lifetime = new Lifetime({ clock, ttl: 10_000, rolling: true })
    lifetime.start(owner)
    lifetime.stop()
    lifetime.seen(20_000)
    expect(clock.pending).toBe(0)
  })
})
